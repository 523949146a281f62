/** Composition root of the child process that trains: one request in, one run directory out. */
import { join } from 'node:path';
import { format } from 'node:util';
import * as api from './api.ts';
import { nativeFolder } from './native/nativeFolder.ts';
import type { TrainerReply, TrainerRequest } from './protocol/trainer.ts';
import { serializeError } from './protocol/userError.ts';
import { resumeRun, startRun } from './training/session.ts';

const assets = join(__dirname, 'wasm');

/**
 * Sends a reply and calls back once it is on its way. The parent may be gone (a reloaded window):
 * then the run directory is the only listener.
 */
function reply(message: TrainerReply, sent: () => void = () => undefined): void {
  if (process.connected) process.send?.(message, undefined, undefined, sent);
  else sent();
}

for (const level of ['info', 'warn', 'error'] as const) {
  console[level] = (...values: unknown[]) => {
    reply({ type: 'log', level, text: format(...values) });
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
    recorder: join(__dirname, 'recorder.js'),
    mmdThread: join(__dirname, 'mmdThread.js'),
    imageThread: join(__dirname, 'imageThread.js'),
    nativeFolder: nativeFolder(),
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
      const serialized = serializeError(error);
      // Who knows the run already does not listen for replies any more, but reads how this ended.
      process.stderr.write(`${serialized.message}\n`);
      // The user's code may have left a timer or a server, which would keep the process.
      reply({ type: 'error', error: serialized }, () => process.exit(2));
    },
  );
});
