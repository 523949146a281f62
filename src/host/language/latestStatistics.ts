import type { RunDelta } from '../../protocol/delta.ts';
import { latestRows } from '../../protocol/tableRows.ts';
import type { TableRow } from '../../protocol/tables.ts';

/** Keeps what each site of a run saw last of each domain and each pair of domains. */
export class LatestStatistics {
  readonly #domains = new Map<string, TableRow<'sites'>>();
  readonly #pairs = new Map<string, TableRow<'pairs'>>();
  readonly #mmd = new Map<string, TableRow<'mmd'>>();
  readonly #mmdWindows = new Map<string, TableRow<'mmdWindows'>>();

  /** Takes what the run gained. */
  apply({ reset, tables }: Pick<RunDelta, 'reset' | 'tables'>): void {
    const { sites, pairs, mmd, mmdWindows } = tables;
    if (reset) {
      this.#domains.clear();
      this.#pairs.clear();
      this.#mmd.clear();
      this.#mmdWindows.clear();
    }
    for (const row of latestRows('sites', sites)) {
      this.#domains.set(keyOf(row.site, row.domain), row);
    }
    for (const row of latestRows('pairs', pairs)) this.#pairs.set(keyOf(row.site, row.pair), row);
    for (const row of latestRows('mmd', mmd)) this.#mmd.set(keyOf(row.site, row.pair), row);
    for (const row of latestRows('mmdWindows', mmdWindows)) {
      this.#mmdWindows.set(keyOf(row.site, row.pair), row);
    }
  }

  domain(site: number, domain: number): TableRow<'sites'> | undefined {
    return this.#domains.get(keyOf(site, domain));
  }

  pair(site: number, pair: number): TableRow<'pairs'> | undefined {
    return this.#pairs.get(keyOf(site, pair));
  }

  /** The latest estimate over several batches. */
  mmdWindow(site: number, pair: number): TableRow<'mmdWindows'> | undefined {
    return this.#mmdWindows.get(keyOf(site, pair));
  }

  /** The latest estimate of one batch. */
  mmd(site: number, pair: number): TableRow<'mmd'> | undefined {
    return this.#mmd.get(keyOf(site, pair));
  }
}

function keyOf(first: number, second: number): string {
  return `${first},${second}`;
}
