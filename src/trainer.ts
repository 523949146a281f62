/** Composition root of the child process that trains: one request in, one run directory out. */
import { join } from 'node:path';
import * as api from './api.ts';
import type { TrainerReply, TrainerRequest } from './protocol/trainer.ts';
import { serializeError } from './protocol/userError.ts';
import { resumeRun, startRun } from './training/session.ts';

const assets = join(__dirname, 'wasm');

/** The parent may be gone (a reloaded window): then the run directory is the only listener. */
function reply(message: TrainerReply): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

for (const level of ['info', 'warn', 'error'] as const) {
  console[level] = (...values: unknown[]) => {
    reply({ type: 'log', level, text: values.map(String).join(' ') });
  };
}
console.log = console.info;
console.debug = () => undefined;

process.once('message', (request: TrainerRequest) => {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      stop.abort();
    });
  }
  const environment = {
    api,
    assets,
    signal: stop.signal,
    ready: (run: string) => {
      reply({ type: 'ready', run });
    },
  };
  const session =
    request.type === 'train' ? startRun(request, environment) : resumeRun(request, environment);
  session.then(
    (reason) => {
      process.exit(reason === 'failed' ? 1 : 0);
    },
    (error: unknown) => {
      reply({ type: 'error', error: serializeError(error) });
      process.exitCode = 2;
      if (process.connected) process.disconnect();
    },
  );
});
