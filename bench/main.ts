/** `npm run bench`: compares training steps side by side. `npm run bench -- --help` says more. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allContenders } from './contenders.ts';
import { describeMachine, isBusy, load } from './machine.ts';
import { measure } from './measure.ts';
import { NET_NAMES, type NetName } from './nets.ts';
import type { OurTraining } from './openTraining.ts';
import { BATCHES, readOptions, type Options } from './options.ts';
import { renderReadme } from './readme.ts';
import { describeResults } from './report.ts';
import { formatResults, type Results } from './results.ts';
import { measureStrategies, renderStrategies } from './strategyCosts.ts';
import { torchPython } from './torchPython.ts';

const ROOT = join(__dirname, '../..');

/** How long contenders step in a round, and in all. */
const PATIENCE = { sliceMs: 150, patienceMs: 8_000 };

async function main(): Promise<void> {
  const options = readOptions();
  if (options.profile !== undefined) {
    process.exitCode = profileStep(options.profile, options);
    return;
  }
  if (options.strategies) {
    await keepStrategies(options);
    return;
  }
  const everyone = allContenders(await torchPython(ROOT, progress));
  const { only, nets, batches, rounds } = options;
  const contenders = everyone.filter(({ about: { id } }) =>
    only.some((part) => id.startsWith(part)),
  );
  const settings = nets.flatMap((net) => batches.map((images) => ({ net, images })));
  const isComplete =
    contenders.length === everyone.length && settings.length === NET_NAMES.length * BATCHES.length;
  const loadBefore = load();
  if (isComplete && isBusy(describeMachine(), loadBefore)) {
    console.error(
      `The machine is busy (load ${loadBefore.toFixed(1)}), and a complete run is kept. Wait a minute until it is quiet, or measure a part: --help.`,
    );
    process.exitCode = 1;
    return;
  }
  const recording = isComplete || options.recording;
  const plan = { ...PATIENCE, rounds };
  const results = await measure({ settings, contenders, plan, recording }, progress);
  progress('');
  console.log(describeResults(results));
  if (isComplete) keep(results);
}

/** Keeps a complete run beside this program, and its essence in the README. */
function keep(results: Results): void {
  writeFileSync(join(ROOT, 'bench/results.json'), formatResults(results));
  const readme = join(ROOT, 'README.md');
  writeFileSync(readme, renderReadme(readFileSync(readme, 'utf8'), results));
}

/** Measures strategies side by side and writes the page on them. */
async function keepStrategies({ rounds }: Options): Promise<void> {
  const plan = { ...PATIENCE, rounds };
  const measured = await measureStrategies(plan, progress);
  progress('');
  const file = join(ROOT, 'docs/strategies.md');
  writeFileSync(file, renderStrategies(readFileSync(file, 'utf8'), measured, plan));
}

function profileStep(net: NetName, { batches, backend, threads }: Options): number {
  const setting: OurTraining = {
    net,
    images: Math.max(...batches),
    domains: 1,
    strategy: 'shared',
    backend,
    threads,
    monitored: false,
  };
  const program = [join(__dirname, 'profileProcess.js'), JSON.stringify(setting)];
  return spawnSync(process.execPath, program, { stdio: 'inherit' }).status ?? 1;
}

/** Shows what is going on: on one line of a terminal that is written anew. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else if (!text.includes('round')) process.stderr.write(`${text}\n`);
}

void main();
