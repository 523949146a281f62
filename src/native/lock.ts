import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { UserError } from '../protocol/userError.ts';

/**
 * Creates a lock file with this process' id and returns what removes it. A lock whose process has
 * ended is taken over. Throws a UserError while another process holds it.
 */
export function holdLock(file: string): () => void {
  if (!create(file)) {
    const holder = Number(readFileSync(file, 'utf8'));
    if (isAlive(holder)) {
      throw new UserError(
        `The native backend is being installed already, by process ${String(holder)}.`,
        { hint: 'Wait for it to end.' },
      );
    }
    rmSync(file, { force: true });
    if (!create(file)) return holdLock(file);
  }
  return () => {
    rmSync(file, { force: true });
  };
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
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process may not be signalled, but it lives.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
