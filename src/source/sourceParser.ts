import { Worker } from 'node:worker_threads';
import type { SourceFunction, SourceFunctions, SourceReply, SourceRequest } from './protocol.ts';

/** The thread ends after so long without a question, ms; its parser holds some 60 MB. */
const IDLE_MS = 30_000;

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Reads the source of experiments with the TypeScript parser, in a worker thread that starts with
 * the first question and ends when idle. A crash of the thread rejects what it was asked;
 * the next question starts another.
 */
export class SourceParser {
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #lastId = 0;
  readonly #pending = new Map<number, Pending>();

  /** `workerFile` is the path of dist/sourceWorker.js. */
  constructor(
    private readonly workerFile: string,
    private readonly idleMs = IDLE_MS,
  ) {}

  /** See {@link SourceFunctions.locateField}. */
  locateField(
    ...args: Parameters<SourceFunctions['locateField']>
  ): Promise<ReturnType<SourceFunctions['locateField']>> {
    return this.#ask('locateField', args);
  }

  /** See {@link SourceFunctions.batchNormalizationCalls}. */
  batchNormalizationCalls(
    ...args: Parameters<SourceFunctions['batchNormalizationCalls']>
  ): Promise<ReturnType<SourceFunctions['batchNormalizationCalls']>> {
    return this.#ask('batchNormalizationCalls', args);
  }

  /** See {@link SourceFunctions.mapSites}. */
  mapSites(
    ...args: Parameters<SourceFunctions['mapSites']>
  ): Promise<ReturnType<SourceFunctions['mapSites']>> {
    return this.#ask('mapSites', args);
  }

  /** Ends the thread; open questions are rejected. */
  dispose(): void {
    this.#end(new Error('The source parser was disposed.'));
  }

  #ask<F extends SourceFunction>(
    call: F,
    args: Parameters<SourceFunctions[F]>,
  ): Promise<ReturnType<SourceFunctions[F]>> {
    clearTimeout(this.#idle);
    const worker = (this.#worker ??= this.#start());
    worker.ref();
    const id = ++this.#lastId;
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
    });
    worker.postMessage({ id, call, args } satisfies SourceRequest<F>);
    return answer as Promise<ReturnType<SourceFunctions[F]>>;
  }

  #start(): Worker {
    const worker = new Worker(this.workerFile);
    worker.on('message', (reply: SourceReply) => {
      this.#settle(reply);
    });
    worker.on('error', (error) => {
      if (worker === this.#worker) this.#end(error);
    });
    return worker;
  }

  #settle(reply: SourceReply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if ('failure' in reply) pending?.reject(new Error(reply.failure));
    else pending?.resolve(reply.result);

    if (this.#pending.size > 0) return;
    // Nobody waits: the thread must not keep the process alive.
    this.#worker?.unref();
    this.#idle = setTimeout(() => {
      this.#end(new Error('The source parser went idle.'));
    }, this.idleMs);
    this.#idle.unref();
  }

  #end(reason: Error): void {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = undefined;
    for (const { reject } of this.#pending.values()) reject(reason);
    this.#pending.clear();
    void worker?.terminate();
  }
}
