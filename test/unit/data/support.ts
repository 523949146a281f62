import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../../../src/protocol/userError.ts';

const require = createRequire(import.meta.url);
const fixtures = join(import.meta.dirname, '../../fixtures/data');

/** Makes an empty folder that no other test uses. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'bn-lens-data-'));
}

/** Makes a folder with the codecs' wasm files, as dist/wasm is. */
export function codecFolder(): string {
  const folder = temporaryFolder();
  for (const file of [
    '@jsquash/png/codec/pkg/squoosh_png_bg.wasm',
    '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm',
  ]) {
    copyFileSync(require.resolve(file), join(folder, basename(file)));
  }
  return folder;
}

export function fixtureImage(name: string): Buffer {
  return readFileSync(join(fixtures, 'images', name));
}

/** What Pillow reads from each fixture image. */
export function expectedImages(): Record<string, { shape: number[]; values: number[] }> {
  return JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8')) as Record<
    string,
    { shape: number[]; values: number[] }
  >;
}

/** Writes files by path below a folder. */
export function writeFiles(folder: string, files: Readonly<Record<string, string | Buffer>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** Encodes unsigned bytes as IDX. */
export function idxFile(shape: readonly number[], values: ArrayLike<number>): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, 8, shape.length]);
  shape.forEach((size, axis) => header.writeUInt32BE(size, 4 + 4 * axis));
  return Buffer.concat([header, Uint8Array.from(values)]);
}

/** The user without rights, under whom tests of root look at what may not be read. */
const NOBODY = 65534;

/** Does something while a path in a temporary folder may not be read, not even by root. */
export async function withoutPermission<T>(denied: string, action: () => Promise<T>): Promise<T> {
  // Temporary folders are closed to others, but only `denied` is meant to be.
  for (let parent = dirname(denied); parent !== dirname(tmpdir()); parent = dirname(parent)) {
    chmodSync(parent, statSync(parent).mode | 0o055);
  }
  chmodSync(denied, 0);
  const own = process.geteuid?.();
  if (own === 0) process.seteuid?.(NOBODY);
  try {
    return await action();
  } finally {
    if (own === 0) process.seteuid?.(own);
    chmodSync(denied, 0o755);
  }
}

/** Returns the UserError with which an action fails. */
export async function userErrorOf(action: () => unknown): Promise<UserError> {
  try {
    await action();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
