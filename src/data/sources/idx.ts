import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { UserError } from '../../protocol/userError.ts';
import type { DataSource, OpenSource, SourceContext } from '../source.ts';
import { unreadable } from '../unreadable.ts';

/**
 * Takes images from a file in the IDX format of MNIST, gzipped or not: `[images, height, width]` or
 * `[images, height, width, channels]`, unsigned bytes or 32-bit floats.
 *
 * @param images - path of the images, relative to the experiment file, or absolute.
 * @param labels - path of their labels (one unsigned byte an image; the classes are named "0", "1",
 *   ...); without it the domain has no labels.
 */
export function idx(images: string, labels?: string): DataSource {
  return { kind: 'idx', open: (context) => openIdx(images, labels, context) };
}

async function openIdx(
  imagesPath: string,
  labelsPath: string | undefined,
  { baseDirectory }: SourceContext,
): Promise<OpenSource> {
  const images = await readIdx(imagesPath, baseDirectory);
  const [length = 0, height = 0, width = 0, channels = 1] = images.shape;
  if (images.shape.length !== 3 && images.shape.length !== 4) {
    throw new UserError(
      `"${imagesPath}" has ${images.shape.length} dimensions, but images have 3 or 4`,
      { hint: 'The first argument of idx(...) names the images, the second their labels.' },
    );
  }
  if (images.data.length === 0) throw new UserError(`"${imagesPath}" has no images`);
  const labels = labelsPath === undefined ? null : await readLabels(labelsPath, baseDirectory);
  if (labels && labels.length !== length) {
    throw new UserError(
      `"${imagesPath}" has ${length} images, but "${labelsPath ?? ''}" has ${labels.length} labels`,
    );
  }
  const size = height * width * channels;
  return {
    length,
    labels,
    describe: (index) => `image ${index} of "${imagesPath}"`,
    read: (index) =>
      Promise.resolve({
        height,
        width,
        channels,
        data: images.data.subarray(index * size, (index + 1) * size),
      }),
    fingerprint: () => Promise.resolve(fingerprint(images, labels)),
  };
}

/** Hashes what the files hold, not how they are packed. */
function fingerprint({ shape, data }: IdxArray, labels: readonly string[] | null): string {
  return createHash('sha256')
    .update(JSON.stringify({ shape, labels }))
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex');
}

async function readLabels(path: string, baseDirectory: string): Promise<string[]> {
  const { shape, data } = await readIdx(path, baseDirectory);
  if (shape.length !== 1 || data instanceof Float32Array) {
    throw new UserError(`"${path}" does not hold labels, which are one unsigned byte an image`);
  }
  return Array.from(data, String);
}

export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array | Float32Array;
}

const UNSIGNED_BYTE = 0x08;
const FLOAT = 0x0d;

/** Reads an array: two zero bytes, the type, the rank, big-endian sizes, then the values. */
export async function readIdx(path: string, baseDirectory: string): Promise<IdxArray> {
  const bytes = await unzipped(path, await readBytes(path, baseDirectory));
  const type = bytes[2];
  const rank = bytes[3] ?? 0;
  const headerBytes = 4 + 4 * rank;
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0 || bytes.length < headerBytes) {
    throw new UserError(`"${path}" is not an IDX file`);
  }
  if (type !== UNSIGNED_BYTE && type !== FLOAT) {
    throw new UserError(`"${path}" holds neither unsigned bytes nor 32-bit floats`);
  }
  const shape = Array.from({ length: rank }, (_, axis) => bytes.readUInt32BE(4 + 4 * axis));
  const values = shape.reduce((product, size) => product * size, 1);
  const bytesEach = type === FLOAT ? 4 : 1;
  const expected = headerBytes + values * bytesEach;
  if (bytes.length !== expected) {
    throw new UserError(
      `"${path}" has ${bytes.length} bytes, but its header announces ${expected}`,
      { hint: 'The file is cut off or damaged; fetch it again.' },
    );
  }
  const body = bytes.subarray(headerBytes);
  if (type === UNSIGNED_BYTE) return { shape, data: body };
  return {
    shape,
    data: Float32Array.from({ length: values }, (_, i) => body.readFloatBE(4 * i)),
  };
}

async function readBytes(path: string, baseDirectory: string): Promise<Buffer> {
  const file = resolve(baseDirectory, path);
  try {
    return await readFile(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') {
      throw new UserError(`file "${path}" does not exist (looked for ${file})`, {
        hint: 'Paths start at the experiment file.',
      });
    }
    if (code === 'EISDIR') throw new UserError(`"${path}" is a folder, but idx(...) takes a file`);
    throw unreadable(path, error);
  }
}

async function unzipped(path: string, bytes: Buffer): Promise<Buffer> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return await promisify(gunzip)(bytes);
  } catch {
    throw new UserError(`"${path}" is a damaged gzip file`, {
      hint: 'The file is cut off or damaged; fetch it again.',
    });
  }
}
