import type { DeltaTables } from '../protocol/delta.ts';
import type { RunFile } from '../protocol/run.ts';
import { latestRows } from '../protocol/tableRows.ts';
import type { TableRow } from '../protocol/tables.ts';
import { halvedBandwidths } from '../stats/mmdKernels.ts';
import { placeNames, type PlaceNames } from './placeNames.ts';

/** Of what kind an estimate is. */
interface Kernels<E> {
  readonly estimator: E;
  readonly bandwidthRule: 'five-kernels';
  /** σ of each kernel, ascending. */
  readonly bandwidths: readonly number[];
}

/** The latest estimate of MMD for a site and pair in a run's report. */
export interface MmdReport extends PlaceNames, Kernels<'unbiased'> {
  readonly step: number;
  readonly mmd2: number | null;
  /** Images of the first domain, and of the second. */
  readonly n: number;
  readonly m: number;
  /** Of the permutation test over all bandwidths; null in runs of the first versions. */
  readonly p: number | null;
  readonly permutations: number | null;
  /** The same over the batches of several steps; null before there are enough. */
  readonly window: MmdWindowReport | null;
}

/** The latest estimate over several batches. */
export type MmdWindowReport = Kernels<'fourier'> &
  Omit<TableRow<'mmdWindows'>, 'site' | 'pair' | 'bandwidth' | 'kernels'>;

/** Reports the latest estimate of each site and pair, in their order. */
export function mmdReports(
  run: RunFile,
  { mmd, mmdWindows }: Pick<DeltaTables, 'mmd' | 'mmdWindows'>,
): MmdReport[] {
  const windows = latestRows('mmdWindows', mmdWindows);
  return latestRows('mmd', mmd)
    .sort((a, b) => a.site - b.site || a.pair - b.pair)
    .map((row) => {
      const { step, mmd2, p, permutations, n, m, site, pair } = row;
      const window = windows.find((own) => own.site === site && own.pair === pair);
      return {
        ...placeNames(row, run),
        step,
        mmd2: finite(mmd2),
        ...kernelsOf('unbiased', row),
        n,
        m,
        p: finite(p),
        permutations: permutations === 0 ? null : permutations,
        window: window === undefined ? null : windowReport(window),
      };
    });
}

function windowReport(row: TableRow<'mmdWindows'>): MmdWindowReport {
  const { step, mmd2, expected, floor95, floor99, batches, fromStep, frequencies, n, m } = row;
  const distances = { mmd2, expected, floor95, floor99 };
  const images = { batches, fromStep, n, m };
  return { step, ...distances, ...kernelsOf('fourier', row), frequencies, ...images };
}

function kernelsOf<E extends string>(
  estimator: E,
  { bandwidth, kernels }: Pick<TableRow<'mmd'>, 'bandwidth' | 'kernels'>,
): Kernels<E> {
  const bandwidths = halvedBandwidths(bandwidth, kernels);
  return { estimator, bandwidthRule: 'five-kernels', bandwidths };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
