import { join } from 'node:path';
import type { ControlLine } from '../protocol/control.ts';
import { fileSize } from './fileBytes.ts';
import { appendLine, LineFollower } from './ndjson.ts';
import { CONTROL } from './paths.ts';

type WithoutTime<L> = L extends ControlLine ? Omit<L, 't'> : never;

/** A control line without its time. */
export type ControlBody = WithoutTime<ControlLine>;

/** Appends one line to a run's control.ndjson. Throws a UserError when it cannot be written. */
export async function appendControl(directory: string, body: ControlBody): Promise<void> {
  await appendLine(join(directory, CONTROL), { t: Date.now(), ...body });
}

/** Reads a run's control lines for its trainer: only those appended after it was opened. */
export class ControlReader {
  private constructor(private readonly lines: LineFollower<ControlLine>) {}

  /** Starts at the file's present end: what was said to earlier attempts is over. */
  static async open(directory: string): Promise<ControlReader> {
    const file = join(directory, CONTROL);
    return new ControlReader(new LineFollower(file, await fileSize(file)));
  }

  /** Returns the lines appended since the last call, oldest first; damaged ones are skipped. */
  async poll(): Promise<ControlLine[]> {
    return await this.lines.poll();
  }
}
