/** `npm run bench`: compares training steps side by side. `npm run bench -- --help` says more. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { NET_NAMES, type NetName } from './nets.ts';
import type { OurTraining } from './openTraining.ts';

interface Options {
  readonly profile?: NetName;
  readonly batch: number;
}

const options = new Command('npm run bench --')
  .addOption(
    new Option('--profile <net>', 'print where the time of a step goes instead').choices(NET_NAMES),
  )
  .option('--batch <images>', 'images in a step', Number, 128)
  .parse()
  .opts<Options>();

if (options.profile !== undefined) {
  const setting: OurTraining = {
    net: options.profile,
    images: options.batch,
    domains: 1,
    strategy: 'shared',
    backend: 'wasm',
    monitored: false,
  };
  const { status } = spawnSync(
    process.execPath,
    [join(__dirname, 'profileProcess.js'), JSON.stringify(setting)],
    { stdio: 'inherit' },
  );
  process.exitCode = status ?? 1;
}
