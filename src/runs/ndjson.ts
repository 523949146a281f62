import { open } from 'node:fs/promises';
import { fileSize, readBytes } from './fileBytes.ts';
import { fileFailure } from './fileFailure.ts';

const NEWLINE = 10;
/** Bytes that are read at a time: long runs have more than fit into a string. */
const CHUNK = 1 << 24;

/** A line's object; `t` is milliseconds since 1970. */
export interface Line {
  readonly t: number;
}

/** Follows a file of one JSON object a line; a torn last line is left for a later poll. */
export class LineFollower<T extends Line> {
  /** Number, from 1, of the first line read that is no JSON object with a time, or not valid. */
  damagedLine: number | null = null;
  #line = 0;

  /** Starts after the first `offset` bytes, which are a line's end; `isValid` tells what to leave out. */
  constructor(
    readonly file: string,
    private offset = 0,
    private readonly isValid: (value: T) => boolean = () => true,
  ) {}

  /** Returns the lines appended since the last poll; a missing file has none yet. */
  async poll(): Promise<T[]> {
    const size = await fileSize(this.file);
    const lines: T[] = [];
    for (let length = CHUNK; this.offset < size;) {
      const bytes = await readBytes(this.file, this.offset, Math.min(this.offset + length, size));
      const end = bytes.lastIndexOf(NEWLINE) + 1;
      for (const line of bytes.toString('utf8', 0, end).split('\n').slice(0, -1)) {
        this.#line++;
        if (line !== '') lines.push(...this.#parse(line));
      }
      if (end === 0 && bytes.length < length) break;
      // A line that is longer than what was read needs more.
      length = end === 0 ? 2 * length : CHUNK;
      this.offset += end;
    }
    return lines;
  }

  /** Of an object with a time, what the file's kind of line needs is for `isValid` to say. */
  #parse(line: string): T[] {
    try {
      const value: unknown = JSON.parse(line);
      if (
        typeof value === 'object' &&
        value !== null &&
        't' in value &&
        typeof value.t === 'number' &&
        this.isValid(value as T)
      ) {
        return [value as T];
      }
    } catch {
      // Reported below, like a line of another shape.
    }
    this.damagedLine ??= this.#line;
    return [];
  }
}

/**
 * Appends one line to a file that several processes append to: a single write in append mode, so
 * lines never mix; a line that another writer left torn is ended first.
 */
export async function appendLine(file: string, value: Line): Promise<void> {
  try {
    const handle = await open(file, 'a+');
    try {
      const { size } = await handle.stat();
      const last = Buffer.alloc(1, NEWLINE);
      if (size > 0) await handle.read(last, 0, 1, size - 1);
      const newline = last[0] === NEWLINE ? '' : '\n';
      await handle.appendFile(`${newline}${JSON.stringify(value)}\n`);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileFailure(error, 'write', file);
  }
}
