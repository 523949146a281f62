import { open, stat } from 'node:fs/promises';
import { fileFailure, hasCode } from './fileFailure.ts';

/** Returns a file's size in bytes, 0 while it does not exist. */
export async function fileSize(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 0;
    throw fileFailure(error, 'read', file);
  }
}

/** Reads the bytes from `start` to before `end`, or to the file's end where that comes first. */
export async function readBytes(file: string, start: number, end: number): Promise<Buffer> {
  try {
    const handle = await open(file, 'r');
    try {
      // Not from Node's pool: table columns are views that need the buffer's own alignment.
      const bytes = Buffer.from(new ArrayBuffer(end - start));
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await handle.read(
          bytes,
          filled,
          bytes.length - filled,
          start + filled,
        );
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileFailure(error, 'read', file);
  }
}
