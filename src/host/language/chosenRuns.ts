import { join } from 'node:path';
import { isActive, type RunEntry } from '../runs/runStore.ts';

/**
 * Chooses the run that the editor shows for each file: of the runs that loaded the file, a pinned
 * one, else the newest that trained or is about to. `entries` come newest first; the result is by
 * absolute path.
 */
export function chosenRuns(
  entries: readonly RunEntry[],
  isPinned: (entry: RunEntry) => boolean,
): Map<string, RunEntry> {
  const pinned = entries.filter(isPinned);
  const trained = entries.filter((entry) => entry.status.step > 0 || isActive(entry));
  const chosen = new Map<string, RunEntry>();
  for (const entry of [...pinned, ...trained]) {
    for (const { path } of entry.run.modules) {
      const file = join(entry.root, path);
      if (!chosen.has(file)) chosen.set(file, entry);
    }
  }
  return chosen;
}
