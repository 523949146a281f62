import { markdownTable, replaceMarked } from '../test/markdown.ts';
import { median } from '../src/stats/median.ts';
import { fastestTorch, findMeasured, type Measured, type Measurement } from './measurement.ts';
import { formatEstimate, ratioOf, threeDigits } from './ratio.ts';
import { NET_TITLES } from './report.ts';
import type { Results } from './results.ts';
import { TARGET_HEADINGS, targetRows } from './targets.ts';

const MARK = 'npm run bench writes from here';

const HEADINGS = [
  'Net, images in a step',
  'wasm, 1 thread',
  '/ PyTorch',
  '/ tfjs wasm',
  'wasm, 2 threads',
  '/ PyTorch',
  'native, 2 threads',
  '/ PyTorch',
  '/ tfjs-node',
] as const;

/** Returns the README with the essence of a run between its marks, formatted as Prettier does. */
export function renderReadme(readme: string, results: Results): string {
  const rows = results.comparisons.map(({ net, images, contenders }) => [
    `${NET_TITLES[net]}, ${images}`,
    ...engineCells(contenders, 'wasm-1', 'tfjs-wasm'),
    ...engineCells(contenders, 'wasm-2', null),
    ...engineCells(contenders, 'native', 'tfjs-node'),
  ]);
  const tables = [
    [HEADINGS, ...rows],
    [TARGET_HEADINGS, ...targetRows(results)],
  ].map(markdownTable);
  return replaceMarked(readme, MARK, tables);
}

/** Step time, ratio to PyTorch, and, unless null, to a backend of tfjs as published. */
function engineCells(
  contenders: readonly Measurement[],
  engine: string,
  stock: string | null,
): string[] {
  const own = findMeasured(contenders, `${engine}/one`);
  const against = (peer: Measured | undefined) =>
    own === undefined || peer === undefined
      ? '–'
      : formatEstimate(ratioOf(own.stepMs, peer.stepMs));
  return [
    own === undefined ? '–' : `${threeDigits(median(own.stepMs))} ms`,
    own === undefined ? '–' : against(fastestTorch(contenders, own.threads)),
    ...(stock === null ? [] : [against(findMeasured(contenders, stock))]),
  ];
}
