import { readFile } from 'node:fs/promises';
import { createImageDecoder } from './imageDecoder.ts';
import type { ImageReader } from './source.ts';

/**
 * Makes a reader of image files on this thread.
 *
 * @param wasmDirectory - holds `squoosh_png_bg.wasm` and `mozjpeg_dec.wasm`.
 */
export function createImageReader(wasmDirectory: string): ImageReader {
  const decoder = createImageDecoder(wasmDirectory);
  return {
    async read(path) {
      const bytes = await readFile(path).catch((error: unknown) => {
        throw new Error(
          `cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`,
        );
      });
      return await decoder.decode(bytes);
    },
  };
}
