import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { UserError } from '../protocol/userError.ts';
import { fileFailure, hasCode } from './fileFailure.ts';

/** A file that one writer appends to; what cannot be written whole is not written at all. */
export class AppendFile {
  readonly #fd: number;

  /**
   * Creates the file, or continues it after its first `size` bytes and drops the rest.
   * Throws a UserError when it exists already (without `size`) or cannot be written.
   */
  constructor(
    private readonly file: string,
    private size?: number,
  ) {
    try {
      this.#fd = openSync(file, size === undefined ? 'wx' : 'r+');
      if (size !== undefined) ftruncateSync(this.#fd, size);
    } catch (error) {
      if (hasCode(error, 'EEXIST')) {
        throw new UserError(`Another trainer is resuming this run: it has created "${file}".`, {
          hint: 'Let it train.',
        });
      }
      throw fileFailure(error, 'write', file);
    }
  }

  /** Appends all bytes, or none and throws a UserError. */
  write(bytes: Uint8Array): void {
    const start = this.size ?? 0;
    try {
      for (let done = 0; done < bytes.length;) {
        done += writeSync(this.#fd, bytes, done, bytes.length - done, start + done);
      }
    } catch (error) {
      this.#cutBackTo(start);
      throw fileFailure(error, 'write', this.file);
    }
    this.size = start + bytes.length;
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** Frees what a failed write left; where even that fails a torn tail stays, which readers skip. */
  #cutBackTo(size: number): void {
    try {
      ftruncateSync(this.#fd, size);
    } catch {
      return;
    }
  }
}
