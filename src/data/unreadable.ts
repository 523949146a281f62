import { UserError } from '../protocol/userError.ts';

const HINTS: Readonly<Record<string, string>> = {
  EACCES: 'Change its permissions, and those of the folders it is in, or ask its owner to.',
  EPERM: 'Change its permissions, and those of the folders it is in, or ask its owner to.',
  ENAMETOOLONG: 'Shorten its path.',
};

/**
 * Says in one sentence why the operating system does not let data be read. Returns errors that do
 * not come from it (bugs and UserErrors) as they are, to be thrown on.
 *
 * @param path - of the file or folder, as the user wrote it.
 */
export function unreadable(path: string, error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  if (!('syscall' in error && 'code' in error)) return error;
  const code = String(error.code);
  const hint = HINTS[code];
  return new UserError(`"${path}" cannot be read (${code})`, hint === undefined ? {} : { hint });
}
