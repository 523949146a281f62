/** Composition root of the command line. */
import { join } from 'node:path';
import type { Environment } from './cli/environment.ts';
import { runCommandLine } from './cli/commandLine.ts';
import { nativeFolder } from './native/nativeFolder.ts';

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
  onInterrupt: (listener) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, listener);
    return () => {
      for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, listener);
    };
  },
};

void runCommandLine(process.argv.slice(2), environment).then((code) => {
  process.exitCode = code;
});
