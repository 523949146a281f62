import { UserError } from '../protocol/userError.ts';

const REASONS: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  ENOSPC: ['the disk is full', 'Free some space.'],
  EDQUOT: ['the disk quota is used up', 'Free some space.'],
  EFBIG: ['the file may not grow further', 'Raise the limit.'],
  EROFS: ['the file system is read-only', 'Mount it for writing, or choose another place.'],
  EACCES: ['permission denied', 'Check the permissions of the folder.'],
  EPERM: ['permission denied', 'Check the permissions of the folder.'],
  ENOENT: ['it does not exist', 'Check the path.'],
  EISDIR: ['it is a folder', 'Name a file.'],
  ENOTDIR: ['a part of its path is no folder', 'Check the path.'],
};

/** What is written is created: that it is not there is no cause. */
const NO_FOLDER = ['its folder does not exist', 'Check the path.'] as const;

/** Codes of what goes on as if nothing had been, once there is room. */
const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG'];

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
  const isWithoutFolder = verb === 'write' && code === 'ENOENT';
  const [reason, hint] = isWithoutFolder
    ? NO_FOLDER
    : (REASONS[code] ?? [`${error.message} (${code})`, undefined]);
  return new UserError(`Cannot ${verb} "${file}": ${reason}.`, {
    ...(hint !== undefined && { hint }),
    ...(FULL.includes(code) && { full: true }),
  });
}
