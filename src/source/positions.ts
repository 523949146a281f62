import type ts from 'typescript';

/** A place in a text; `line` and `column` count from 1. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** A stretch of a text; the end is exclusive. */
export interface TextRange extends TextPosition {
  readonly endLine: number;
  readonly endColumn: number;
}

/** Gives the range between two offsets of a parsed file. */
export function rangeBetween(file: ts.SourceFile, start: number, end: number): TextRange {
  const from = file.getLineAndCharacterOfPosition(start);
  const to = file.getLineAndCharacterOfPosition(end);
  return {
    line: from.line + 1,
    column: from.character + 1,
    endLine: to.line + 1,
    endColumn: to.character + 1,
  };
}

/** Gives the offset of a position, clamped to the text. */
export function offsetOf(file: ts.SourceFile, { line, column }: TextPosition): number {
  const starts = file.getLineStarts();
  const lineStart = starts[line - 1];
  if (lineStart === undefined) return file.text.length;
  return Math.min(lineStart + column - 1, (starts[line] ?? file.text.length + 1) - 1);
}
