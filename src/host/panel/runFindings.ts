import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { advise } from '../../advice/advise.ts';
import type { Advice } from '../../protocol/advice.ts';
import type { RunDelta } from '../../protocol/delta.ts';
import type { RunEvent } from '../../protocol/events.ts';
import { latestRows } from '../../protocol/tableRows.ts';
import type { TableRow } from '../../protocol/tables.ts';
import type { WhatIfReport } from '../../protocol/whatIf.ts';
import { WHAT_IF } from '../../runs/paths.ts';
import { readWhatIf } from '../../runs/whatIf.ts';

/** What was found out about a run since the last time; null where nothing is new. */
export interface NewFindings {
  readonly whatIf: WhatIfReport | null;
  readonly advice: readonly Advice[] | null;
}

/** Keeps what is known of a run beside its history: its what-if, and the advice that all of it gives. */
export class RunFindings {
  readonly #directory: string;
  #events: RunEvent[] = [];
  /** The latest of each site and pair. */
  readonly #mmd = new Map<string, TableRow<'mmd'>>();
  #whatIf: WhatIfReport | null = null;
  /** When the what-if was written, ms since 1970. */
  #written = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Takes what is new of the run; reads its what-if again once that was replaced. */
  async update({ reset, run, events, tables }: RunDelta): Promise<NewFindings> {
    if (reset) {
      this.#events = [];
      this.#mmd.clear();
    }
    this.#events.push(...events.filter(({ type }) => type !== 'heartbeat'));
    for (const row of latestRows('mmd', tables.mmd)) this.#mmd.set(`${row.site} ${row.pair}`, row);
    const whatIf = await this.#newWhatIf();
    this.#whatIf = whatIf ?? this.#whatIf;
    const isNew = reset || whatIf !== null || events.some(({ type }) => type === 'ended');
    return {
      whatIf: reset ? this.#whatIf : whatIf,
      advice: isNew ? advise(run, this.#events, [...this.#mmd.values()], this.#whatIf) : null,
    };
  }

  async #newWhatIf(): Promise<WhatIfReport | null> {
    const written = await stat(join(this.#directory, WHAT_IF)).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    );
    if (written === this.#written) return null;
    this.#written = written;
    return readWhatIf(this.#directory);
  }
}
