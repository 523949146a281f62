import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '../protocol/userError.ts';
import { hasCode } from './fileFailure.ts';

/**
 * Makes a folder and those above it, unless they exist. Throws what the system says, or a UserError.
 * Node's own `recursive` turns a read-only file system into a path that does not exist, and never
 * returns in /proc, where no folder can be made.
 */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // The folder above is there, so that what does not exist is the way to make one in it.
    if (hasCode(error, 'ENOENT')) {
      throw new UserError(`Cannot make "${folder}": no folder can be made there.`, {
        hint: 'Choose another place.',
      });
    }
    // Another process was faster.
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}
