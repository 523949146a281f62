import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { DomainDeclaration } from '../../../src/data/domainDeclaration.ts';
import { createImageReader } from '../../../src/data/imageReader.ts';
import { openDomains } from '../../../src/data/domains.ts';
import { rescale } from '../../../src/data/preprocess/rescale.ts';
import { resize } from '../../../src/data/preprocess/resize.ts';
import type { PreprocessStep } from '../../../src/data/preprocess/step.ts';
import type { DataSource } from '../../../src/data/source.ts';
import { idx } from '../../../src/data/sources/idx.ts';
import { imageFolder } from '../../../src/data/sources/imageFolder.ts';
import {
  codecFolder,
  expectedImages,
  fixtureImage,
  idxFile,
  temporaryFolder,
  userErrorOf,
  writeFiles,
} from './support.ts';

const images = createImageReader(codecFolder());
const grey = fixtureImage('grey.png');
const colour = fixtureImage('colour.png');

interface Case {
  readonly files: Readonly<Record<string, string | Buffer>>;
  readonly data?: DataSource;
  readonly domains?: Readonly<Record<string, DomainDeclaration>>;
  readonly preprocess?: readonly PreprocessStep[];
  readonly cacheBytes?: number;
}

function open({ files, data, domains, preprocess = [], ...options }: Case) {
  const baseDirectory = temporaryFolder();
  writeFiles(baseDirectory, files);
  const only = { real: { kind: 'real', data: data ?? imageFolder('x'), split: { train: 1 } } };
  return openDomains((domains ?? only) as Record<string, DomainDeclaration>, preprocess, {
    baseDirectory,
    images,
    ...options,
  });
}

/** Four images of 2 × 2, image i filled with 10 i, of classes 0 and 1. */
const idxFiles = {
  'images.idx': idxFile(
    [4, 2, 2],
    Array.from({ length: 16 }, (_, i) => 10 * Math.floor(i / 4)),
  ),
  'labels.idx': idxFile([4], [0, 1, 1, 0]),
};

describe('opening domains', () => {
  it('takes classes from folders, in natural order, and reads pixels as 0 to 1', async () => {
    const { domains, inputShape, classes } = await open({
      files: {
        'x/10/a.png': grey,
        'x/2/b.PNG': grey,
        'x/2/deep/c.png': grey,
        'x/.hidden/d.png': '',
      },
    });
    expect(classes).toEqual(['2', '10']);
    expect(inputShape).toEqual([2, 3, 1]);
    expect(domains[0]).toMatchObject({ name: 'real', kind: 'real', labelled: true });
    expect([...(domains[0]?.parts.train.labels ?? [])]).toEqual([0, 0, 1]);
    const pixels = await domains[0]?.parts.train.read(Int32Array.of(2, 0));
    const once = (expectedImages()['grey.png']?.values ?? []).map((value) =>
      Math.fround(value / 255),
    );
    expect([...(pixels ?? [])]).toEqual([...once, ...once]);
  });

  it.each([false, true])('reads IDX files, gzipped: %s', async (gzipped) => {
    const files = Object.fromEntries(
      Object.entries(idxFiles).map(([name, file]) => [name, gzipped ? gzipSync(file) : file]),
    );
    const { domains, inputShape, classes } = await open({
      files,
      data: idx('images.idx', 'labels.idx'),
      preprocess: [rescale(1)],
    });
    expect(inputShape).toEqual([2, 2, 1]);
    expect(classes).toEqual(['0', '1']);
    expect([...(domains[0]?.parts.train.labels ?? [])]).toEqual([0, 1, 1, 0]);
    const pixels = await domains[0]?.parts.train.read(Int32Array.of(3, 1));
    expect([...(pixels ?? [])]).toEqual([30, 30, 30, 30, 10, 10, 10, 10]);
  });

  it('reads IDX images with channels, and 32-bit floats', async () => {
    const floats = Buffer.concat([
      Buffer.from([0, 0, 0x0d, 4, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 3]),
      Buffer.alloc(24),
    ]);
    [0.5, 1, 1.5, 2, 2.5, 3].forEach((value, i) => floats.writeFloatBE(value, 20 + 4 * i));
    const { domains, inputShape } = await open({
      files: { 'images.idx': floats, 'labels.idx': idxFile([2], [0, 1]) },
      data: idx('images.idx', 'labels.idx'),
      preprocess: [rescale(2)],
    });
    expect(inputShape).toEqual([1, 1, 3]);
    const pixels = await domains[0]?.parts.train.read(Int32Array.of(1));
    expect([...(pixels ?? [])]).toEqual([4, 5, 6]);
  });

  it('joins the classes of all domains; one without labels has none', async () => {
    const { domains, classes } = await open({
      files: {
        'a/cat/1.png': grey,
        'a/dog/1.png': grey,
        'b/dog/1.png': grey,
        'b/dog/2.png': grey,
        'c/1.png': grey,
        'c/2.png': grey,
      },
      domains: {
        a: { kind: 'synthetic', data: imageFolder('a'), split: { train: 1 } },
        b: { kind: 'real', data: imageFolder('b'), split: { train: 1 } },
        c: { kind: 'real', data: imageFolder('c'), split: { train: 1 } },
      },
    });
    expect(classes).toEqual(['cat', 'dog']);
    expect(domains.map(({ labelled }) => labelled)).toEqual([true, true, false]);
    expect([...(domains[1]?.parts.train.labels ?? [])]).toEqual([1, 1]);
    expect(domains[2]?.parts.train.labels).toBeNull();
  });

  it('trains on 90% and validates on 10% without a split', async () => {
    const { domains } = await open({
      files: {
        'images.idx': idxFile([40, 1, 1], new Uint8Array(40)),
        'labels.idx': idxFile(
          [40],
          Array.from({ length: 40 }, (_, i) => i % 2),
        ),
      },
      domains: { a: { kind: 'real', data: idx('images.idx', 'labels.idx') } },
    });
    const { train, validation, test } = domains[0]?.parts ?? {};
    expect([train?.length, validation?.length, test?.length]).toEqual([36, 4, 0]);
  });

  it('makes images of different sizes and colours equal when asked', async () => {
    const { domains, inputShape } = await open({
      files: { 'x/a/1.png': colour, 'x/b/2.jpg': fixtureImage('grey.jpg') },
      data: imageFolder('x', { channels: 1 }),
      preprocess: [resize(2, 3), rescale(1)],
    });
    expect(inputShape).toEqual([2, 3, 1]);
    const pixels = await domains[0]?.parts.train.read(Int32Array.of(0));
    const [red = 0, green = 0, blue = 0] = expectedImages()['colour.png']?.values ?? [];
    expect(pixels?.[0]).toBeCloseTo(0.299 * red + 0.587 * green + 0.114 * blue, 3);
  });

  it('repeats grey when three channels are asked for', async () => {
    const { domains } = await open({
      files: { 'x/a/1.png': grey, 'x/b/2.png': colour },
      data: imageFolder('x', { channels: 3 }),
      preprocess: [rescale(1)],
    });
    const pixels = await domains[0]?.parts.train.read(Int32Array.of(0));
    const [first] = expectedImages()['grey.png']?.values ?? [];
    expect([...(pixels ?? [])].slice(0, 3)).toEqual([first, first, first]);
  });

  it('reads each image once while memory lasts, and every time when it does not', async () => {
    const counting = () => {
      const reads = [0, 0, 0];
      const source: DataSource = {
        kind: 'counting',
        open: () =>
          Promise.resolve({
            length: 3,
            labels: ['a', 'b', 'a'],
            describe: (index) => `image ${index}`,
            read: (index) => {
              reads[index]! += 1;
              const data = Float32Array.of(index);
              return Promise.resolve({ height: 1, width: 1, channels: 1, data });
            },
          }),
      };
      return { reads, source };
    };
    const all = Int32Array.of(0, 1, 2);
    const ample = counting();
    const kept = await open({ files: {}, data: ample.source });
    await kept.domains[0]?.parts.train.read(all);
    expect(ample.reads).toEqual([1, 1, 1]);
    const scarce = counting();
    const { domains } = await open({ files: {}, data: scarce.source, cacheBytes: 4 });
    await domains[0]?.parts.train.read(all);
    expect(await domains[0]?.parts.train.read(all)).toEqual(
      Float32Array.of(0, Math.fround(1 / 255), Math.fround(2 / 255)),
    );
    expect(scarce.reads).toEqual([1, 2, 2]);
  });
});

describe('what is wrong with the data is said in one sentence that names the field', () => {
  const nan = Buffer.concat([
    Buffer.from([0, 0, 0x0d, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1]),
    Buffer.from([0, 0, 0, 0, 0x7f, 0xc0, 0, 0]),
  ]);
  const cases: readonly (Case & { readonly message: string | RegExp; field?: string[] })[] = [
    { files: {}, message: /^domains\.real\.data: folder "x" does not exist \(looked for .*x\)$/ },
    { files: { x: 'text' }, message: 'domains.real.data: "x" is not a folder' },
    {
      files: { 'x/a/readme.txt': '' },
      message: 'domains.real.data: folder "x" has no images (png, jpeg)',
    },
    {
      files: { 'x/a/1.png': grey, 'x/stray.png': grey },
      message: 'domains.real.data: folder "x" has class folders and, beside them, "stray.png"',
    },
    {
      files: { 'x/a/1.png': grey, 'x/b/2.png': grey.subarray(0, 50) },
      message: 'domains.real.data: "x/b/2.png" is a damaged PNG',
    },
    {
      files: { 'x/a/1.png': grey, 'x/b/2.jpg': 'text' },
      message: 'domains.real.data: "x/b/2.jpg" is neither PNG nor JPEG',
    },
    {
      files: { 'x/a/1.png': grey, 'x/b/2.jpg': fixtureImage('grey.jpg') },
      message: 'domains.real.data: "x/b/2.jpg" is 8×8 grey, the others 2×3 grey',
    },
    {
      files: { 'x/a/1.png': grey, 'x/b/2.png': colour },
      message: 'domains.real.data: "x/b/2.png" is 2×3 colour, the others 2×3 grey',
    },
    {
      files: { 'x/a/1.png': grey, 'x/a/2.png': grey },
      message: 'domains: all images are of one class, "a"',
      field: ['domains'],
    },
    {
      files: { 'x/1.png': grey, 'x/2.png': grey },
      message: 'domains: at least one domain needs labels',
      field: ['domains'],
    },
    {
      files: { 'x/a/1.png': grey },
      message: 'domains.real.split: a domain needs at least two images to train on',
      field: ['domains', 'real', 'split', 'train'],
    },
    {
      files: idxFiles,
      data: idx('nothing.idx'),
      message: /^domains\.real\.data: file "nothing\.idx" does not exist \(looked for .*\)$/,
    },
    {
      files: { 'folder/x': '' },
      data: idx('folder'),
      message: 'domains.real.data: "folder" is a folder, but idx(...) takes a file',
    },
    {
      files: { ...idxFiles, 'labels.idx': idxFile([3], [0, 1, 1]) },
      data: idx('images.idx', 'labels.idx'),
      message: 'domains.real.data: "images.idx" has 4 images, but "labels.idx" has 3 labels',
    },
    {
      files: idxFiles,
      data: idx('labels.idx', 'images.idx'),
      message: 'domains.real.data: "labels.idx" has 1 dimensions, but images have 3 or 4',
    },
    {
      files: idxFiles,
      data: idx('images.idx', 'images.idx'),
      message:
        'domains.real.data: "images.idx" does not hold labels, which are one unsigned byte an image',
    },
    {
      files: { 'images.idx': idxFile([0, 2, 2], []) },
      data: idx('images.idx'),
      message: 'domains.real.data: "images.idx" has no images',
    },
    {
      files: { 'images.idx': idxFiles['images.idx'].subarray(0, 30) },
      data: idx('images.idx'),
      message: 'domains.real.data: "images.idx" has 30 bytes, but its header announces 32',
    },
    {
      files: { 'images.idx': gzipSync(idxFiles['images.idx']).subarray(0, 30) },
      data: idx('images.idx'),
      message: 'domains.real.data: "images.idx" is a damaged gzip file',
    },
    {
      files: { 'images.idx': 'plain text' },
      data: idx('images.idx'),
      message: 'domains.real.data: "images.idx" is not an IDX file',
    },
    {
      files: { 'images.idx': '' },
      data: idx('images.idx'),
      message: 'domains.real.data: "images.idx" is not an IDX file',
    },
    {
      files: { 'images.idx': Buffer.from([0, 0, 0x0c, 1, 0, 0, 0, 0]) },
      data: idx('images.idx'),
      message: 'domains.real.data: "images.idx" holds neither unsigned bytes nor 32-bit floats',
    },
    {
      files: { 'images.idx': nan, 'labels.idx': idxFile([2], [0, 1]) },
      data: idx('images.idx', 'labels.idx'),
      message: 'domains.real.data: image 1 of "images.idx" has pixels that are no finite numbers',
    },
    {
      files: { 'x/a/1.png': grey, 'x/b/1.png': grey, 'y/1.png': colour, 'y/2.png': colour },
      domains: {
        synthetic: { kind: 'synthetic', data: imageFolder('x'), split: { train: 1 } },
        real: { kind: 'real', data: imageFolder('y'), split: { train: 1 } },
      },
      message: 'domains.real.data: images are 2×3 colour, those of synthetic 2×3 grey',
    },
    {
      files: idxFiles,
      domains: {
        real: {
          kind: 'real',
          data: idx('images.idx', 'labels.idx'),
          split: { train: 0.5, validation: 0.05 },
        },
      },
      message: 'domains.real.split: validation: 0.05 of 4 images is none',
      field: ['domains', 'real', 'split', 'validation'],
    },
  ];

  it.each(cases)('$message', async ({ message, field, ...problem }) => {
    const error = await userErrorOf(() => open(problem));
    expect(error.message).toMatch(message);
    if (typeof message === 'string') expect(error.message).toBe(message);
    expect(error.details.field).toEqual(field ?? ['domains', 'real', 'data']);
  });

  it('names an image that memory did not hold when training comes to it', async () => {
    const { domains } = await open({
      files: { 'x/a/1.png': grey, 'x/b/2.png': grey.subarray(0, 50) },
      cacheBytes: 0,
    });
    const error = await userErrorOf(() => domains[0]?.parts.train.read(Int32Array.of(0, 1)));
    expect(error.message).toBe('domains.real.data: "x/b/2.png" is a damaged PNG');
  });
});

describe('the classes of domains', () => {
  /** Opens domains of one grey image of each class; a domain of none has images without labels. */
  const openClasses = (classes: Readonly<Record<string, readonly string[]>>) =>
    open({
      files: Object.fromEntries(
        Object.entries(classes).flatMap(([name, own]) =>
          (own.length === 0 ? ['.'] : own).flatMap((className) =>
            ['1', '2'].map((image) => [`${name}/${className}/${image}.png`, grey]),
          ),
        ),
      ),
      domains: Object.fromEntries(
        Object.keys(classes).map((name) => [
          name,
          { kind: 'real', data: imageFolder(name), split: { train: 1 } },
        ]),
      ),
    });

  it('may be the same, or none, without a word', async () => {
    const { notices } = await openClasses({ synthetic: ['a', 'b'], real: ['a', 'b'], more: [] });
    expect(notices).toEqual([]);
  });

  it('may be lacking, which is said with their names and the domain', async () => {
    const { notices, classes } = await openClasses({
      synthetic: ['a', 'b', 'c', 'd', 'e', 'f', 'g'],
      real: ['a'],
      late: ['h', 'a', 'b', 'c', 'd', 'e', 'f', 'g'],
    });
    expect(classes).toHaveLength(8);
    expect(notices).toEqual([
      'Domain synthetic has no images of "h", which other domains have: are the classes named alike?',
      'Domain real has no images of "b", "c", "d", "e", "f" and 2 more, which other domains have: are the classes named alike?',
    ]);
  });

  it('may be shared through a domain between', async () => {
    const { notices } = await openClasses({ a: ['a'], b: ['b'], c: ['c', 'b'], d: ['a', 'c'] });
    expect(notices).toHaveLength(4);
  });

  it('must not all be named differently', async () => {
    const declared = { synthetic: ['a', 'b'], more: ['b'], real: ['A', 'B'], other: ['B'] };
    const { message, details } = await userErrorOf(() => openClasses(declared));
    expect(message).toBe(
      'domains.real.data: shares no class with synthetic, more: it has "A", "B", not "a", "b"',
    );
    expect(details.hint).toContain('Name class folders alike in all domains');
    expect(details.field).toEqual(['domains', 'real', 'data']);
  });
});

describe('labels', () => {
  const data = idx('images.idx', 'labels.idx');
  const all = { kind: 'real', data, split: { train: 1 } } as const;
  const labelled = (...labels: DomainDeclaration['labels'][]) => ({
    files: idxFiles,
    domains: Object.fromEntries(
      labels.map((own, k) => [`d${k}`, { ...all, ...(own !== undefined && { labels: own }) }]),
    ),
  });

  it('are all trained on unless told otherwise, and known for measuring in any case', async () => {
    const { domains } = await open(labelled(undefined, 'all', 2, 'none'));
    expect(domains.map(({ trainLabels }) => trainLabels.length)).toEqual([4, 4, 2, 0]);
    expect(domains.map((domain) => domain.labelled)).toEqual([true, true, true, false]);
    for (const { parts } of domains) expect([...parts.train.labels!]).toEqual([0, 1, 1, 0]);
    const [, , { trainLabels, parts }] = domains as [never, never, (typeof domains)[number]];
    expect(new Set(trainLabels.map((image) => parts.train.labels![image]!)).size).toBe(2);
  });

  it.each([
    {
      ...labelled('none', 'none'),
      message: 'domains: no label may be trained on, so there is nothing to learn',
    },
    {
      ...labelled(5),
      message: 'domains.d0.labels: asks for 5 labels, but 4 images are trained on',
    },
    {
      ...labelled(1, 'none'),
      message: /domains\.d0\.labels: class "[01]" has training images, but no label of it may/,
    },
    {
      files: idxFiles,
      domains: { a: all, b: { ...all, data: idx('images.idx'), labels: 1 } },
      message: 'domains.b.labels: asks for 1 labels, but the images have none',
    },
  ])('that cannot be are refused: $message', async ({ message, ...declared }) => {
    const error = await userErrorOf(() => open(declared));
    expect(error.message).toMatch(message);
    expect(error.details.hint).toBeDefined();
  });
});
