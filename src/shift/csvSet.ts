import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { CsvError, parse, type Info } from 'csv-parse';
import { unreadable } from '../data/unreadable.ts';
import { UserError } from '../protocol/userError.ts';
import { columnNames, LARGEST_VALUE, tooLarge, type ValueSet } from './valueSet.ts';

/** What csv-parse gives of each line. */
interface Line {
  readonly record: readonly string[];
  readonly info: Info;
}

/**
 * Opens a table of numbers separated by commas. A first line without any number names the columns.
 * Throws a UserError if it is empty, or separated by something else.
 *
 * @param path as the user wrote it; `file` is where it is
 */
export async function openCsv(path: string, file: string): Promise<ValueSet> {
  const first = await firstLine(path, file);
  const isNamed = first.every((cell) => !isNumber(cell));
  return {
    path,
    kind: 'rows',
    features: isNamed ? first : columnNames(first.length),
    size: null,
    range: null,
    isNamed,
    async *items() {
      let isHeader = isNamed;
      for await (const { record, info } of lines(path, file)) {
        if (!isHeader) yield numbers(path, record, info.lines, first.length);
        isHeader = false;
      }
    },
  };
}

async function firstLine(path: string, file: string): Promise<readonly string[]> {
  const start: (readonly string[])[] = [];
  for await (const { record } of lines(path, file)) if (start.push(record) === 2) break;
  const [first] = start;
  if (first === undefined) throw new UserError(`"${path}" is empty`);
  refuseSeparators(path, start);
  return first;
}

const OTHER_SEPARATORS: Readonly<Record<string, string>> = { ';': 'semicolons', '\t': 'tabs' };

/** A name of a column may hold any of them, but hardly a number: the second line decides too. */
function refuseSeparators(path: string, start: readonly (readonly string[])[]): void {
  for (const [separator, name] of Object.entries(OTHER_SEPARATORS)) {
    if (!start.every((line) => line.some((cell) => cell.includes(separator)))) continue;
    throw new UserError(`"${path}" seems to be separated by ${name}`, {
      hint: 'Save it with commas between the values, and with points in decimals.',
    });
  }
}

async function* lines(path: string, file: string): AsyncGenerator<Line, void> {
  const parser = parse({
    bom: true,
    info: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
  });
  pipeline(createReadStream(file), parser, () => {
    // An error reaches whoever reads the parser.
  });
  try {
    for await (const line of parser) yield line as Line;
  } catch (error) {
    if (!(error instanceof CsvError)) throw unreadable(path, error);
    throw new UserError(`"${path}" cannot be read as CSV: ${error.message}`);
  }
}

function numbers(
  path: string,
  record: readonly string[],
  line: number,
  columns: number,
): Float64Array {
  if (record.length !== columns) {
    throw new UserError(
      `"${path}" has ${record.length} values in line ${line}, but ${columns} in its first line`,
      { hint: 'Give every line the same columns, separated by commas.' },
    );
  }
  return Float64Array.from(record, (cell, column) => {
    if (isNumber(cell) && Math.abs(Number(cell)) <= LARGEST_VALUE) return Number(cell);
    const what = `"${path}" has "${cell}" in line ${line}, column ${column + 1}`;
    if (isNumber(cell)) throw tooLarge(what);
    throw new UserError(`${what}, where a number should be`, {
      hint: 'Leave out columns of text and lines with missing values.',
    });
  });
}

function isNumber(cell: string): boolean {
  return cell !== '' && Number.isFinite(Number(cell));
}
