/** `npm run study`: see its `--help`. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TrainerProcess } from '../../src/process/trainerProcess.ts';
import { replaceMarked } from '../markdown.ts';
import { readOptions } from './options.ts';
import { paragraphsOf } from './report.ts';
import { keyOf, readResults, writeResults, type StudyResults } from './results.ts';
import { writeTextureData } from './textureData.ts';
import { trainTrial } from './trainTrial.ts';
import { trialsOf, type StudyTrial } from './trial.ts';

const ROOT = join(__dirname, '../..');
const RESULTS = join(ROOT, 'test/study/results.json');
const PAGE = join(ROOT, 'docs/study.md');
const DATA = join(__dirname, 'texture');
const PLACES = {
  trainer: join(ROOT, 'dist/trainer.js'),
  experiments: join(ROOT, 'test/study/experiments'),
  runs: join(__dirname, 'runs'),
};

async function main(): Promise<void> {
  const { jobs, again, ...selection } = readOptions();
  writeTextureData(DATA);
  let results = readResults(RESULTS, fingerprint());
  const isMeasured = (trial: StudyTrial) => {
    const before = results.trials[keyOf(trial)];
    return !again && before !== undefined && !('failure' in before);
  };
  const pending = trialsOf(selection).filter((trial) => !isMeasured(trial));
  await trainAll(pending, jobs, (trials) => {
    results = { ...results, trials: { ...results.trials, ...trials } };
    writeResults(RESULTS, results);
  });
  const paragraphs = paragraphsOf(results);
  writeFileSync(PAGE, replaceMarked(readFileSync(PAGE, 'utf8'), 'npm run study', paragraphs));
  console.log(paragraphs.join('\n\n'));
}

/** Trains what is pending, so many at a time; an interrupt ends it, and loses only those. */
async function trainAll(
  pending: readonly StudyTrial[],
  jobs: number,
  keep: (trials: StudyResults['trials']) => void,
): Promise<void> {
  const running = new Set<TrainerProcess>();
  process.once('SIGINT', () => {
    for (const trainer of running) trainer.kill();
    rmSync(PLACES.runs, { recursive: true, force: true });
    process.exit(130);
  });
  const queue = pending.entries();
  const work = async (): Promise<void> => {
    for (const [index, trial] of queue) {
      const start = performance.now();
      const result = await trainTrial(trial, PLACES, (trainer) => {
        running.add(trainer);
        void trainer.exited.then(() => running.delete(trainer));
      });
      keep({ [keyOf(trial)]: result });
      const seconds = ((performance.now() - start) / 1_000).toFixed(0);
      const outcome = 'failure' in result ? result.failure : `${seconds} s`;
      process.stderr.write(`${index + 1}/${pending.length} ${keyOf(trial)}: ${outcome}\n`);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
}

/** Changes with the experiments and with how their data are made. */
function fingerprint(): string {
  const hash = createHash('sha256');
  for (const folder of [PLACES.experiments, DATA]) {
    for (const name of readdirSync(folder).sort()) {
      hash.update(name).update(readFileSync(join(folder, name)));
    }
  }
  return hash.digest('hex');
}

void main();
