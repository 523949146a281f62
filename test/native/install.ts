import { execFileSync } from 'node:child_process';
import { CLI, userEnvironment } from './installation.ts';

/** Installs the native backend as a user would, where an earlier run has not. */
export function setup(): void {
  const words = ['native', 'install', '--from', 'pip'];
  try {
    execFileSync(process.execPath, [CLI, ...words], { env: userEnvironment(), stdio: 'inherit' });
  } catch {
    throw new Error(
      'The native backend could not be installed, so its tests cannot run: they need pip with an index that has tensorflow-cpu 2.21, and a C++ compiler (see above).',
    );
  }
}
