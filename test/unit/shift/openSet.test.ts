import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { resize } from '../../../src/data/preprocess/resize.ts';
import expected from '../../fixtures/shift/expected.json';
import {
  fixtureImage,
  idxFile,
  temporaryFolder,
  userErrorOf,
  withoutPermission,
  writeFiles,
} from '../data/support.ts';
import { ARRAYS, itemsOf, open } from './support.ts';

const folder = temporaryFolder();

/** What opening and reading a set of that name fails with, and how to mend it. */
async function refusal(path: string, cwd = folder): Promise<string> {
  const { message, details } = await userErrorOf(async () => itemsOf(await open(cwd, path)));
  return `${message}. ${details.hint ?? ''}`;
}

describe('an array that NumPy saved', () => {
  it.each(['f4', 'u1', 'i4', 'u8', 'i8', 'bool'])('is read whatever its type: %s', async (type) => {
    const set = await open(ARRAYS, `type-${type}.npy`);
    expect(set).toMatchObject({ kind: 'rows', features: ['column 1', 'column 2', 'column 3'] });
    expect(await itemsOf(set)).toEqual([
      [0, 1, 0],
      [1, 0, 1],
    ]);
  });

  it('of four dimensions holds images', async () => {
    const set = await open(ARRAYS, 'images.npy');
    expect(set).toMatchObject({ kind: 'images', features: ['red', 'green', 'blue'] });
    expect(await itemsOf(set)).toEqual(expected.images.map((image) => image.flat()));
  });

  it.each([
    ['fortran', 'is in Fortran order. Save it again as numpy.ascontiguousarray(array).'],
    ['big-endian', "does not hold plain numbers. Save it again as array.astype('float32')."],
    ['text', 'does not hold plain numbers'],
    ['complex', 'does not hold plain numbers'],
    ['half', 'does not hold plain numbers'],
  ])('is refused with a way to mend it: %s', async (name, reason) => {
    expect(await refusal(`refused-${name}.npy`, ARRAYS)).toContain(reason);
  });

  it('is refused where it is damaged, empty or holds a NaN, and says where', async () => {
    const whole = readFileSync(join(ARRAYS, 'a.npy'));
    const spoiled = Buffer.from(whole);
    spoiled.writeDoubleLE(NaN, whole.length - 8);
    writeFiles(folder, {
      'torn.npy': whole.subarray(0, -8),
      'text.npy': 'not an array',
      'nan.npy': spoiled,
      'header.npy': whole.subarray(0, 60),
    });
    expect(await refusal('torn.npy')).toMatch(/has 952 bytes of values, but .* announces 960/);
    expect(await refusal('header.npy')).toBe(
      '"header.npy" ends within its header, before any value. The file is cut off or damaged; fetch it again.',
    );
    expect(await refusal('text.npy')).toContain('"text.npy" is not an NPY file');
    expect(await refusal('nan.npy')).toContain('"nan.npy" holds NaN at [39, 2]');
  });
});

describe('numbers of which fourth powers would overflow', () => {
  const MEND = 'Divide both sets by one number: the unit changes no distance.';

  it('are refused in an array, with where they stand', async () => {
    const whole = readFileSync(join(ARRAYS, 'a.npy'));
    const large = (value: number): Buffer => {
      const bytes = Buffer.from(whole);
      bytes.writeDoubleLE(value, whole.length - 8);
      return bytes;
    };
    writeFiles(folder, { 'large.npy': large(-1e75), 'infinite.npy': large(Infinity) });
    writeFiles(folder, { 'limit.npy': large(-1e70) });
    expect(await refusal('large.npy')).toBe(
      `"large.npy" holds -1e+75 at [39, 2], which is beyond 1e+70 in size. ${MEND}`,
    );
    expect(await refusal('infinite.npy')).toBe(
      '"infinite.npy" holds Infinity at [39, 2]. Leave out what is missing, or fill it in.',
    );
    expect((await itemsOf(await open(folder, 'limit.npy')))[39]![2]).toBe(-1e70);
  });

  it('are refused in a table, with where they stand', async () => {
    writeFiles(folder, { 'large.csv': 'a,b\n1,2\n3,1e160\n', 'limit.csv': '1,1e70\n' });
    expect(await refusal('large.csv')).toBe(
      `"large.csv" has "1e160" in line 3, column 2, which is beyond 1e+70 in size. ${MEND}`,
    );
    expect(await itemsOf(await open(folder, 'limit.csv'))).toEqual([[1, 1e70]]);
  });
});

describe('a table of comma-separated values', () => {
  it('may name its columns', async () => {
    writeFiles(folder, {
      'named.csv': '\uFEFFheight, "width, mm"\r\n1,2\r\n\r\n-3.5,1e3\r\n',
      'plain.csv': '1,2\n3,4',
    });
    const named = await open(folder, 'named.csv');
    expect(named).toMatchObject({
      kind: 'rows',
      features: ['height', 'width, mm'],
      isNamed: true,
    });
    expect(await itemsOf(named)).toEqual([
      [1, 2],
      [-3.5, 1000],
    ]);
    const plain = await open(folder, 'plain.csv');
    expect(plain).toMatchObject({ features: ['column 1', 'column 2'], isNamed: false });
    expect(await itemsOf(plain)).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it.each([
    ['semicolons', 'a;b\n1;2\n3;4\n'],
    ['semicolons', '1;2\n3;4\n'],
    ['semicolons', 'a;b\n1,5;2,5\n'],
    ['semicolons', '1,5;2,5\n3,5;4,5\n'],
    ['semicolons', 'a;b\n'],
    ['tabs', 'a\tb\n1\t2\n'],
    ['tabs', '1\t2\t3\n'],
  ])('is refused where its separators are %s: %j', async (name, text) => {
    writeFiles(folder, { 'separated.csv': text });
    expect((await userErrorOf(() => open(folder, 'separated.csv'))).message).toBe(
      `"separated.csv" seems to be separated by ${name}`,
    );
    expect(await refusal('separated.csv')).toContain('Save it with commas between the values');
  });

  it('may have semicolons and tabs in the names of columns', async () => {
    writeFiles(folder, { 'names.csv': 'size; mm,"a\tb"\n1,2\n', 'one.csv': 'size; mm\n1\n' });
    expect((await open(folder, 'names.csv')).features).toEqual(['size; mm', 'a\tb']);
    expect(await itemsOf(await open(folder, 'one.csv'))).toEqual([[1]]);
  });

  it.each([
    ['ragged', 'a,b\n1,2\n3,4,5\n', 'has 3 values in line 3, but 2 in its first line'],
    ['word', 'a,b\n1,2\n3,x\n', 'has "x" in line 3, column 2, where a number should be'],
    ['missing', '1,2\n3,\n', 'has "" in line 2, column 2, where a number should be'],
    ['nan', '1,2\nNaN,4\n', 'has "NaN" in line 2, column 1'],
    ['mixed header', 'id,2020\n1,2\n', 'has "id" in line 1, column 1'],
    ['quotes', 'a,b\n1,"2\n', 'cannot be read as CSV'],
    ['empty', '', 'is empty'],
  ])('is refused where it is damaged, and says where: %s', async (name, text, reason) => {
    writeFiles(folder, { [`${name}.csv`]: text });
    expect(await refusal(`${name}.csv`)).toContain(`"${name}.csv" ${reason}`);
  });
});

describe('an IDX file', () => {
  it('holds images or rows', async () => {
    writeFiles(folder, {
      'images.idx.gz': gzipSync(idxFile([2, 1, 2], [1, 2, 3, 4])),
      'rows-ubyte': idxFile([3, 2], [1, 2, 3, 4, 5, 6]),
    });
    expect(await open(folder, 'images.idx.gz')).toMatchObject({
      kind: 'images',
      features: ['grey'],
    });
    const rows = await open(folder, 'rows-ubyte');
    expect(rows.kind).toBe('rows');
    expect(await itemsOf(rows)).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
  });

  it('is refused if it holds nothing', async () => {
    writeFiles(folder, { 'none.idx': idxFile([0, 2, 2], []) });
    expect(await refusal('none.idx')).toContain('"none.idx" has no values: its shape is 0 x 2 x 2');
  });
});

describe('a folder of images', () => {
  const write = (files: Record<string, string>): string => {
    const parent = temporaryFolder();
    for (const [path, name] of Object.entries(files)) {
      writeFiles(parent, { [path]: fixtureImage(name) });
    }
    return parent;
  };

  it('has its colour channels as features', async () => {
    const parent = write({ 'set/1.png': 'colour.png', 'set/2.png': 'palette.png' });
    const set = await open(parent, 'set');
    expect(set).toMatchObject({ kind: 'images', features: ['red', 'green', 'blue'] });
    expect(set).toMatchObject({ size: [2, 3], range: [0, 255] });
    expect((await itemsOf(set)).map((item) => item.length)).toEqual([18, 18]);
  });

  it('must have images of one size, unless they are resized', async () => {
    const parent = write({ 'set/1.png': 'colour.png', 'set/2.jpg': 'colour.jpg' });
    expect(await refusal('set', parent)).toMatch(
      /"set.2\.jpg" is 8 x 8 pixels, but "set.1\.png" is 2 x 3.* --resize HEIGHTxWIDTH/,
    );
    const set = await open(parent, 'set', resize(4, 5));
    expect(set.size).toEqual([4, 5]);
    const items = await itemsOf(set);
    expect(items.map((item) => item.length)).toEqual([60, 60]);
  });

  it('must not mix grey and colour', async () => {
    const parent = write({ 'set/1.png': 'grey.png', 'set/2.png': 'colour.png' });
    expect(await refusal('set', parent)).toMatch(
      /"set.2\.png" is in colour, but "set.1\.png" is grey/,
    );
  });

  it('must not be empty', async () => {
    writeFiles(folder, { 'empty/readme.txt': 'no image' });
    expect(await refusal('empty')).toContain('folder "empty" has no images (png, jpeg)');
  });
});

describe('a path', () => {
  it('must be there, and of a kind that can be compared', async () => {
    copyFileSync(join(ARRAYS, 'a.npy'), join(folder, 'a.npz'));
    expect(await refusal('nowhere')).toContain(`"nowhere" does not exist (looked for ${folder}`);
    expect(await refusal('a.npz')).toMatch(/"a\.npz" is of no kind .* \.npy, \.csv, \.idx/);
  });

  it.skipIf(process.platform === 'win32').each(['shut.npy', 'shut.csv', 'shut.idx', 'shut'])(
    'must lead to what may be read: %s',
    async (name) => {
      writeFiles(folder, { [name === 'shut' ? 'shut/1.png' : name]: '1,2' });
      const text = await withoutPermission(join(folder, name), () => refusal(name));
      expect(text).toMatch(`"${name}" cannot be read (EACCES). Change its permissions`);
    },
  );

  it.skipIf(process.platform === 'win32')('must lead through folders that may be', async () => {
    writeFiles(folder, { 'closed/a.csv': '1,2' });
    const text = await withoutPermission(join(folder, 'closed'), () => refusal('closed/a.csv'));
    expect(text).toMatch('"closed/a.csv" cannot be read (EACCES). Change its permissions');
  });

  it.skipIf(process.platform === 'win32')('must not lead to a pipe', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe.csv')]);
    expect(await refusal('pipe.csv')).toBe(
      '"pipe.csv" is a pipe, socket or device, but a set is a file or a folder. Write what it gives into a file.',
    );
  });
});
