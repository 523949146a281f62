/** Composition root of the child process that computes: one request in, one run or answer out. */
import { join } from 'node:path';
import { format } from 'node:util';
import { analyze } from './analysis/analyze.ts';
import type { AnalysisEnvironment } from './analysis/openRun.ts';
import * as api from './api.ts';
import { nativeFolder } from './native/nativeFolder.ts';
import { keepHeapSteady } from './process/steadyHeap.ts';
import type { AnalysisRequest } from './protocol/analysis.ts';
import type { TrainerReply, TrainerRequest } from './protocol/trainer.ts';
import { serializeError } from './protocol/userError.ts';
import { resumeRun, startRun } from './training/session.ts';

const assets = join(__dirname, 'wasm');

keepHeapSteady();

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

process.once('message', (request: TrainerRequest | AnalysisRequest) => {
  const environment = {
    api,
    assets,
    imageThread: join(__dirname, 'imageThread.js'),
    nativeFolder: nativeFolder(),
  };
  const work =
    request.type === 'train' || request.type === 'resume'
      ? train(request, environment)
      : answer(request, environment);
  work.catch((error: unknown) => {
    const serialized = serializeError(error);
    // Who knows the run already does not listen for replies any more, but reads how this ended.
    process.stderr.write(`${serialized.message}\n`);
    // The user's code may have left a timer or a server, which would keep the process.
    reply({ type: 'error', error: serialized }, () => process.exit(2));
  });
});

async function train(request: TrainerRequest, environment: AnalysisEnvironment): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      stop.abort();
    });
  }
  const session = {
    ...environment,
    recorder: join(__dirname, 'recorder.js'),
    mmdThread: join(__dirname, 'mmdThread.js'),
    signal: stop.signal,
    ready: (run: string) => {
      reply({ type: 'ready', run });
    },
  };
  const reason =
    request.type === 'train' ? await startRun(request, session) : await resumeRun(request, session);
  process.exit(reason === 'failed' ? 1 : 0);
}

async function answer(request: AnalysisRequest, environment: AnalysisEnvironment): Promise<void> {
  const found = await analyze(request, environment);
  reply({ type: 'answer', answer: found }, () => process.exit(0));
}
