import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { UserError } from '../protocol/userError.ts';

/**
 * Creates a lock file with this process' id and returns what removes it. A lock whose process has
 * ended is taken over. Throws a UserError while another process holds it.
 */
export function holdLock(file: string): () => void {
  while (!create(file)) {
    const holder = holderOf(file);
    if (holder !== null && isAlive(holder)) {
      throw new UserError(`The native backend is being installed already, by process ${holder}.`, {
        hint: `Wait for it to end; if process ${holder} is another program, delete ${file}.`,
      });
    }
    rmSync(file, { force: true });
  }
  return () => {
    rmSync(file, { force: true });
  };
}

/** Returns the process id in a lock file; null where it was released meanwhile, or is damaged. */
function holderOf(file: string): number | null {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function create(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process may not be signalled, but it lives.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
