import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { PreprocessStep } from '../data/preprocess/step.ts';
import type { ImageReader } from '../data/source.ts';
import { readIdx } from '../data/sources/idx.ts';
import { imageFolder } from '../data/sources/imageFolder.ts';
import { unreadable } from '../data/unreadable.ts';
import { UserError } from '../protocol/userError.ts';
import { arraySet } from './arraySet.ts';
import { openCsv } from './csvSet.ts';
import { imageSet } from './imageSet.ts';
import { readNpy } from './npy.ts';
import type { ValueSet } from './valueSet.ts';

export interface OpenOptions {
  readonly cwd: string;
  readonly images: ImageReader;
  /** What is done to the images of a folder; null leaves them as they are. */
  readonly resize: PreprocessStep | null;
}

/**
 * Opens a set by what its path names: a folder of images, an array (.npy), a table (.csv) or an IDX
 * file (.idx, -ubyte, either with .gz). Throws a UserError if it is missing, empty, anything else, or
 * may not be read.
 */
export async function openSet(path: string, options: OpenOptions): Promise<ValueSet> {
  const { cwd, images, resize } = options;
  const file = resolve(cwd, path);
  const found = await stat(file).catch((error: unknown) => {
    if (!['ENOENT', 'ENOTDIR'].includes(String((error as NodeJS.ErrnoException).code))) {
      throw unreadable(path, error);
    }
    throw new UserError(`"${path}" does not exist (looked for ${file})`, {
      hint: 'Give a folder of images or a file.',
    });
  });
  if (found.isDirectory()) {
    const source = await imageFolder(path).open({ baseDirectory: cwd, images });
    return await imageSet(path, source, resize);
  }
  if (!found.isFile()) {
    throw new UserError(`"${path}" is a pipe, socket or device, but a set is a file or a folder`, {
      hint: 'Write what it gives into a file.',
    });
  }
  if (/\.npy$/i.test(path)) {
    const array = await readNpy(path, file).catch((error: unknown) => {
      throw unreadable(path, error);
    });
    return arraySet(path, array);
  }
  if (/\.csv$/i.test(path)) return await openCsv(path, file);
  if (/(\.idx|-ubyte)(\.gz)?$/i.test(path)) return arraySet(path, await readIdx(path, cwd));
  throw new UserError(`"${path}" is of no kind that can be compared`, {
    hint: 'Give a folder of images, or a file that ends in .npy, .csv, .idx, .idx.gz, -ubyte or -ubyte.gz.',
  });
}
