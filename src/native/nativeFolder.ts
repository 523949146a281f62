import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Returns the user's folder for the native backend: one for the editor and the command line, in
 * the cache directory, so that no project and no version of the extension holds a second copy.
 */
export function nativeFolder(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  return join(cacheDirectory(environment, platform), 'bn-lens', 'native');
}

function cacheDirectory(environment: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  const named = environment['XDG_CACHE_HOME'];
  if (named !== undefined && named !== '') return named;
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  if (platform === 'win32') {
    return environment['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local');
  }
  return join(homedir(), '.cache');
}
