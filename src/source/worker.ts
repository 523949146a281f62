import { parentPort } from 'node:worker_threads';
import { batchNormalizationCalls } from './batchNormalizationCalls.ts';
import { locateField } from './locateField.ts';
import { mapSites } from './mapSites.ts';
import type { SourceFunction, SourceFunctions, SourceReply, SourceRequest } from './protocol.ts';

/** The thread that alone loads the TypeScript parser; src/source/sourceParser.ts starts it. */
const functions: SourceFunctions = { locateField, batchNormalizationCalls, mapSites };

function answer<F extends SourceFunction>({ id, call, args }: SourceRequest<F>): SourceReply {
  try {
    const asked = functions[call] as (...args: Parameters<SourceFunctions[F]>) => unknown;
    return { id, result: asked(...args) };
  } catch (error) {
    return { id, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

parentPort?.on('message', (request: SourceRequest) => {
  parentPort?.postMessage(answer(request));
});
