import type { ControlLine } from '../protocol/control.ts';

/** A control line without its time. */
export type ControlBody = ControlLine extends infer L
  ? L extends ControlLine
    ? Omit<L, 't'>
    : never
  : never;

/** Appends one line to a run's control.ndjson. */
export function appendControl(directory: string, body: ControlBody): Promise<void> {
  throw new Error(`not yet: ${directory}, ${body.type}`);
}

/** Reads a run's control lines for its trainer: only those written after the reader was opened. */
export class ControlReader {
  private constructor(private readonly directory: string) {}

  static open(directory: string): Promise<ControlReader> {
    return Promise.resolve(new ControlReader(directory));
  }

  /** Returns the lines appended since the last call, oldest first. */
  poll(): Promise<ControlLine[]> {
    throw new Error(`not yet: ${this.directory}`);
  }
}
