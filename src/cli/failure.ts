import { readFile } from 'node:fs/promises';
import { isAbsolute, relative } from 'node:path';
import {
  UserError,
  userErrorText,
  type SourcePosition,
  type UserErrorDetails,
} from '../protocol/userError.ts';
import { SourceParser } from '../source/sourceParser.ts';
import { EXIT, type Environment, type ExitCode } from './environment.ts';

/**
 * Tells what went wrong: an error that the user can mend as one line on stderr that says where,
 * what and how to mend it, anything else with its stack. With `json` also as an object on stdout.
 */
export function reportFailure(error: unknown, json: boolean, environment: Environment): ExitCode {
  const isUserError = error instanceof UserError;
  const message = error instanceof Error ? error.message : String(error);
  if (json) writeJsonError(message, isUserError ? error.details : {}, environment);
  if (isUserError) {
    environment.stderr.write(`${describeUserError(error, environment.cwd)}\n`);
    return EXIT.wrongInput;
  }
  const stack = error instanceof Error ? error.stack : undefined;
  environment.stderr.write(`${stack ?? message}\n`);
  return EXIT.failed;
}

/** Says on stdout, as an object, what kept a command from its result. */
export function writeJsonError(
  message: string,
  { hint, location }: UserErrorDetails,
  { stdout }: Pick<Environment, 'stdout'>,
): void {
  stdout.write(`${JSON.stringify({ error: { message, hint, location } })}\n`);
}

/** Tells, with `json` on stdout, that a command was interrupted before it had a result. */
export function reportInterrupt(json: boolean, environment: Environment): ExitCode {
  if (json) writeJsonError('Interrupted before there was a result.', {}, environment);
  return EXIT.interrupted;
}

/** Writes an error as `file:line:column: message hint`, on one line. */
export function describeUserError(error: UserError, cwd: string): string {
  const { location } = error.details;
  const place = location === undefined ? '' : `${describePlace(location, cwd)}: `;
  return `${place}${userErrorText(error)}`;
}

function describePlace({ file, line, column }: SourcePosition, cwd: string): string {
  return `${shortPath(file, cwd)}:${line}:${column}`;
}

/** Shortens an absolute path that lies below the working directory. */
export function shortPath(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short === '' || short.startsWith('..') || isAbsolute(short) ? path : short;
}

/**
 * Adds to an error that names a field of the experiment where that field stands in its file.
 * Any other error is returned as it is.
 */
export async function locateFailure(
  error: unknown,
  experimentOf: () => Promise<string>,
  sourceWorker: string,
): Promise<unknown> {
  if (!(error instanceof UserError)) return error;
  const { field, location } = error.details;
  if (field === undefined || location !== undefined) return error;

  const experiment = await experimentOf();
  const parser = new SourceParser(sourceWorker);
  try {
    const place = await parser.locateField(await readFile(experiment, 'utf8'), field);
    const { line, column } = place ?? { line: 1, column: 1 };
    return new UserError(error.message, {
      ...error.details,
      location: { file: experiment, line, column },
    });
  } finally {
    parser.dispose();
  }
}
