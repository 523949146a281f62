import { fileURLToPath } from 'node:url';
import type { SourcePosition } from '../protocol/userError.ts';

/** Deep enough for a builder function called through a few helpers and a module loader. */
const DEPTH = 100;

/** `at f (/a/b.ts:3:5)`, `at async file:///a/b.ts:3:5`, `at C:\a\b.ts:3:5`. */
const FRAME = /^at (?:async )?(?:.*? \()?((?:file:\/\/|\/|[A-Za-z]:[\\/]).*):(\d+):(\d+)\)?$/;

/**
 * Returns the call stack's frames that lie in files, innermost first, with absolute paths. Frames
 * in this very file are left out: in the trainer's bundle that is all of BN Lens and tfjs.
 */
export function constructionFrames(): SourcePosition[] {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = DEPTH;
  try {
    const frames = parseFrames(new Error().stack ?? '');
    return frames.filter(({ file }) => file !== frames[0]?.file);
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** Reads the frames of a V8 stack trace; frames without a file (`node:`, `<anonymous>`) are left out. */
export function parseFrames(stack: string): SourcePosition[] {
  return stack.split('\n').flatMap((line) => {
    const [, place, row, column] = FRAME.exec(line.trim()) ?? [];
    if (place === undefined) return [];
    const file = place.startsWith('file://') ? fileURLToPath(place) : place;
    return [{ file, line: Number(row), column: Number(column) }];
  });
}
