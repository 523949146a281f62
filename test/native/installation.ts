import { join } from 'node:path';
import { nativeFolder } from '../../src/native/nativeFolder.ts';

const root = join(import.meta.dirname, '..', '..');

export const CLI = join(root, 'dist', 'cli.js');

/** The environment of a user whose cache directory is the tests' own; it outlasts them. */
export function userEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, XDG_CACHE_HOME: join(root, '.native-test') };
}

/** Where that user has the native backend. */
export const NATIVE_FOLDER = nativeFolder(userEnvironment());
