import { join } from 'node:path';
import { projectRoot } from '../runs/paths.ts';

/** Finds the project that a command without a file speaks of: that of a file in `cwd`. */
export function currentProject(cwd: string): string {
  return projectRoot(join(cwd, 'file'));
}
