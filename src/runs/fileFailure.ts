import { UserError } from '../protocol/userError.ts';

const REASONS: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  ENOSPC: ['the disk is full', 'Free some space; the run can then be resumed.'],
  EDQUOT: ['the disk quota is used up', 'Free some space; the run can then be resumed.'],
  EFBIG: ['the file may not grow further', 'Raise the limit; the run can then be resumed.'],
  EROFS: ['the file system is read-only', 'Choose another place with --out.'],
  EACCES: ['permission denied', 'Check the permissions of the folder.'],
  EPERM: ['permission denied', 'Check the permissions of the folder.'],
  EEXIST: ['another process has created it', 'Does another trainer resume this run?'],
  ENOENT: ['it does not exist', 'Check the path.'],
  ENOTDIR: ['a part of its path is no folder', 'Check the path.'],
};

/** Tells whether an error comes from the operating system with one of these codes. */
export function hasCode(error: unknown, ...codes: string[]): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

/**
 * Says in one sentence why a file could not be read or written. Returns errors that do not come
 * from the operating system (bugs and UserErrors) as they are, to be thrown on.
 */
export function fileFailure(error: unknown, verb: 'read' | 'write', file: string): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  if (!('code' in error)) return error;
  const code = String(error.code);
  const [reason, hint] = REASONS[code] ?? [`${error.message} (${code})`, undefined];
  return new UserError(`Cannot ${verb} "${file}": ${reason}.`, hint === undefined ? {} : { hint });
}
