import type { RunDelta } from '../../protocol/delta.ts';
import type { MmdEvent } from '../../protocol/events.ts';

/** What a site last saw of one domain; averages over channels. */
export interface DomainReading {
  readonly step: number;
  readonly mean: number;
  readonly variance: number;
}

/** How a site last saw two domains differ; see the table `pairs`. */
export interface PairReading {
  readonly step: number;
  readonly gap: number;
  readonly gapSe: number;
  readonly gapFloor: number;
  readonly logVarianceRatio: number;
  readonly logVarianceRatioSe: number;
  readonly logVarianceRatioFloor: number;
  readonly logE: number;
}

/** Keeps what each site of a run saw last of each domain and each pair of domains. */
export class LatestStatistics {
  readonly #domains = new Map<string, DomainReading>();
  readonly #pairs = new Map<string, PairReading>();
  readonly #mmd = new Map<string, MmdEvent>();

  /** Takes what the run gained. */
  apply({
    reset,
    tables: { sites, pairs },
    events,
  }: Pick<RunDelta, 'reset' | 'tables' | 'events'>): void {
    if (reset) {
      this.#domains.clear();
      this.#pairs.clear();
      this.#mmd.clear();
    }
    for (const event of events) {
      if (event.type === 'mmd') this.#mmd.set(keyOf(event.site, event.pair), event);
    }
    if (sites !== undefined) {
      for (const [key, i] of lastRows(sites.site, sites.domain)) {
        this.#domains.set(key, {
          step: sites.step[i]!,
          mean: sites.mean[i]!,
          variance: sites.variance[i]!,
        });
      }
    }
    if (pairs !== undefined) {
      for (const [key, i] of lastRows(pairs.site, pairs.pair)) {
        this.#pairs.set(key, {
          step: pairs.step[i]!,
          gap: pairs.gap[i]!,
          gapSe: pairs.gapSe[i]!,
          gapFloor: pairs.gapFloor[i]!,
          logVarianceRatio: pairs.logVarianceRatio[i]!,
          logVarianceRatioSe: pairs.logVarianceRatioSe[i]!,
          logVarianceRatioFloor: pairs.logVarianceRatioFloor[i]!,
          logE: pairs.logE[i]!,
        });
      }
    }
  }

  domain(site: number, domain: number): DomainReading | undefined {
    return this.#domains.get(keyOf(site, domain));
  }

  pair(site: number, pair: number): PairReading | undefined {
    return this.#pairs.get(keyOf(site, pair));
  }

  /** The latest estimate. */
  mmd(site: number, pair: number): MmdEvent | undefined {
    return this.#mmd.get(keyOf(site, pair));
  }
}

/** Finds the last row of each combination of two ids; rows come in the order of their steps. */
function lastRows(first: Int32Array, second: Int32Array): Map<string, number> {
  const rows = new Map<string, number>();
  for (let i = 0; i < first.length; i++) rows.set(keyOf(first[i]!, second[i]!), i);
  return rows;
}

function keyOf(first: number, second: number): string {
  return `${first},${second}`;
}
