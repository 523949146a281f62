import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { UserError } from '../../protocol/userError.ts';
import type { DataSource, OpenSource, RawImage, SourceContext } from '../source.ts';
import { imageFiles } from './imageFiles.ts';

/** Settings of {@link imageFolder}. */
export interface ImageFolderOptions {
  /**
   * Gives every image this many channels: 1 makes colours grey (luma of Rec. 601), 3 repeats grey.
   * By default a grey file has one channel and any other three.
   */
  readonly channels?: 1 | 3;
}

/**
 * Takes PNG and JPEG files from a folder. Each subfolder is a class, named after it, with all images
 * below it; images directly in the folder make a domain without labels. Links are followed, hidden
 * files and folders left out.
 *
 * Values are 0 to 255; 16-bit files keep their precision on that scale. Transparent pixels are
 * blended over black, and EXIF orientation is not applied.
 *
 * @param path - relative to the experiment file, or absolute.
 */
export function imageFolder(path: string, options: ImageFolderOptions = {}): DataSource {
  return {
    kind: 'imageFolder',
    open: (context) => openImageFolder(path, options, context),
  };
}

async function openImageFolder(
  path: string,
  { channels }: ImageFolderOptions,
  { baseDirectory, images }: SourceContext,
): Promise<OpenSource> {
  const folder = resolve(baseDirectory, path);
  const files = await imageFiles(folder, path);
  if (files.length === 0) {
    throw new UserError(`folder "${path}" has no images (png, jpeg)`, {
      hint: 'Put the images there, in a subfolder per class if they have labels.',
    });
  }
  const classes = files.map((file) => (file.includes(sep) ? file.split(sep, 1)[0]! : null));
  const labels = classes.filter((name) => name !== null);
  if (labels.length > 0 && labels.length < files.length) {
    const stray = files[classes.indexOf(null)]!;
    throw new UserError(`folder "${path}" has class folders and, beside them, "${stray}"`, {
      hint: 'Move images with labels into the folder of their class and the others elsewhere.',
    });
  }
  const describe = (index: number): string => `"${join(path, files[index]!)}"`;
  return {
    length: files.length,
    labels: labels.length > 0 ? labels : null,
    describe,
    async read(index) {
      const image = await images.read(join(folder, files[index]!)).catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        throw new UserError(`${describe(index)} ${reason}`, {
          hint: 'Replace the file or remove it.',
        });
      });
      return channels === undefined ? image : withChannels(image, channels);
    },
    fingerprint: () => fingerprint(folder, files),
  };
}

/** So many files are read for a fingerprint at most: opening one takes longer than hashing it. */
const READ_FILES = 1000;
/** Files read together for it. */
const READ_AHEAD = 16;

/**
 * Hashes the paths, which name the classes, and sizes of all files, and the bytes of every k-th. A
 * file that cannot be read is left to whoever needs the image, who says so.
 */
async function fingerprint(folder: string, files: readonly string[]): Promise<string> {
  const sizes = await Promise.all(files.map((file) => sizeOf(join(folder, file))));
  const every = Math.ceil(files.length / READ_FILES);
  const read = files.filter((_, index) => index % every === 0);
  const hash = createHash('sha256');
  for (const [index, file] of files.entries()) {
    hash.update(`${file.split(sep).join('/')}\n${sizes[index]!}\n`);
  }
  for (let start = 0; start < read.length; start += READ_AHEAD) {
    const together = read.slice(start, start + READ_AHEAD);
    const contents = await Promise.all(together.map((file) => contentOf(join(folder, file))));
    for (const content of contents) hash.update(content);
  }
  return hash.digest('hex');
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => null))?.size ?? 0;
}

async function contentOf(file: string): Promise<Uint8Array> {
  return readFile(file).catch(() => new Uint8Array(0));
}

function withChannels(image: RawImage, channels: 1 | 3): RawImage {
  if (image.channels === channels) return image;
  const pixels = image.width * image.height;
  const data = new Float32Array(pixels * channels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    if (channels === 3) data.fill(image.data[pixel]!, 3 * pixel, 3 * pixel + 3);
    else {
      const [red, green, blue] = image.data.subarray(3 * pixel, 3 * pixel + 3);
      data[pixel] = 0.299 * red! + 0.587 * green! + 0.114 * blue!;
    }
  }
  return { ...image, channels, data };
}
