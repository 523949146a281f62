import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listRuns } from '../../src/runs/runCatalog.ts';
import { readRun } from '../../src/runs/runTailer.ts';

/** A temporary copy of a folder, for an editor to open. */
export class TestWorkspace {
  readonly folder = mkdtempSync(join(tmpdir(), 'bn-lens-workspace-'));

  constructor(original: string) {
    cpSync(original, this.folder, { recursive: true });
  }

  /** Removes it, after ending what trainers a test that failed has left. */
  async remove(): Promise<void> {
    for (const pid of await this.#trainers()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Process ids of the trainers whose runs have not ended. */
  async #trainers(): Promise<number[]> {
    const pids: number[] = [];
    for (const listing of await listRuns(this.folder)) {
      if (listing.kind !== 'run' || !ACTIVE.has(listing.status.state)) continue;
      const { events } = await readRun(listing.directory, { tables: [] });
      const started = events.findLast(({ type }) => type === 'started' || type === 'resumed');
      if (started?.type === 'started' || started?.type === 'resumed') pids.push(started.pid);
    }
    return pids;
  }
}

const ACTIVE: ReadonlySet<string> = new Set(['starting', 'running', 'paused']);
