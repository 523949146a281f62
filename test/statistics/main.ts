/** `npm run verify:stats`: see its `--help`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ImageSums } from '../../src/stats/moments.ts';
import { SEED, type Case } from './case.ts';
import { CASES } from './cases.ts';
import { readOptions, type Options } from './options.ts';
import { testReferences } from './references.ts';
import { replaceMarked } from '../markdown.ts';
import { MISSED, paragraphsOf } from './report.ts';
import { readResults, writeResults, type Results } from './results.ts';
import { runCase } from './runCase.ts';
import { measureSymmetry } from './symmetry.ts';
import { sumsOfTrainedNet } from './trainedNet.ts';

const ROOT = join(__dirname, '../..');
const RESULTS = join(ROOT, 'test/statistics/results.json');
const PAGE = join(ROOT, 'docs/statistics.md');

async function main(): Promise<void> {
  const options = readOptions();
  const isAsked = (id: string) => options.only.some((part) => id.startsWith(part));
  if (isAsked('references')) keep(() => ({ references: testReferences(ROOT) }));
  const cases = CASES.filter(
    (one) => isAsked(one.id) && !(options.resume && isMeasured(one, options)),
  );
  const needsNet = isAsked('symmetry') || cases.some((one) => one.needsNet);
  const net = needsNet ? await sumsOfTrainedNet(join(ROOT, 'dist/wasm')) : [];
  if (isAsked('symmetry')) keep(() => ({ symmetry: measureSymmetry(net) }));
  const isComplete = await measureCases(cases, net, options);
  const paragraphs = paragraphsOf(readResults(RESULTS));
  writeFileSync(PAGE, replaceMarked(readFileSync(PAGE, 'utf8'), 'verify:stats', paragraphs));
  console.log(paragraphs.join('\n\n'));
  process.exitCode = isComplete && !paragraphs.some((text) => text.includes(MISSED)) ? 0 : 1;
}

/**
 * Tells whether a case has been measured with the seed, runs and steps that are asked for. Whether
 * the rule has changed since, it cannot tell: then all is to be measured without `--resume`.
 */
function isMeasured({ id, runs, steps }: Case, asked: Options): boolean {
  const result = readResults(RESULTS).cases[id];
  return (
    result?.seed === SEED &&
    result.runs === (asked.runs ?? runs) &&
    result.steps === (asked.steps ?? steps)
  );
}

/** Replaces a part of the results, of which others may be measured at the same time. */
function keep(part: (results: Results) => Partial<Results>): void {
  const results = readResults(RESULTS);
  writeResults(RESULTS, { ...results, ...part(results) });
}

async function measureCases(
  cases: readonly Case[],
  net: readonly ImageSums[],
  { jobs, ...asked }: Options,
): Promise<boolean> {
  const program = join(__dirname, 'worker.js');
  const workers = Array.from({ length: jobs }, () => new Worker(program, { workerData: net }));
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      process.stderr.write('Stopping; go on with --resume.\n');
      stop.abort();
    });
  }
  for (const one of cases) {
    const { runs = one.runs, steps = one.steps } = asked;
    process.stderr.write(`${one.id}: ${runs} runs of ${steps} steps …\n`);
    const result = await runCase(one, { runs, steps }, workers, stop.signal);
    if (result === null) break;
    keep(({ cases }) => ({ cases: { ...cases, [one.id]: result } }));
  }
  await Promise.all(workers.map((worker) => worker.terminate()));
  return !stop.signal.aborted;
}

void main();
