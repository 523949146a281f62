/** Composition root of the command line. */
import { join } from 'node:path';
import type { Environment, ExitCode } from './cli/environment.ts';
import { runCommandLine } from './cli/commandLine.ts';
import { Interrupts } from './cli/interrupts.ts';
import { watchOutput } from './cli/outputFailure.ts';
import { nativeFolder } from './native/nativeFolder.ts';

const interrupts = new Interrupts();

const environment: Environment = {
  cwd: process.cwd(),
  stdout: process.stdout,
  stderr: process.stderr,
  trainer: join(__dirname, 'trainer.js'),
  sourceWorker: join(__dirname, 'sourceWorker.js'),
  wasm: join(__dirname, 'wasm'),
  nativeFolder: nativeFolder(),
  nativeProbe: join(__dirname, 'nativeProbe.js'),
  addonSources: join(__dirname, 'native'),
  onInterrupt: (listener) => interrupts.on(listener),
};

let outputFailure: ExitCode | null = null;
watchOutput({
  environment,
  onClosed: () => {
    interrupts.outputClosed();
  },
  onFailure: (code) => {
    process.exitCode = outputFailure = code;
  },
});

void runCommandLine(process.argv.slice(2), environment).then((code) => {
  process.exitCode = outputFailure ?? code;
});
