import { Worker } from 'node:worker_threads';
import { deserializeError } from '../protocol/userError.ts';
import type { MmdReply, MmdRequest, MmdStart, RecordedMmd } from './mmdThread.ts';
import { THREAD_LIMITS } from './threadLimits.ts';

/** Who hears of estimates, in the order in which they were asked for. */
export interface MmdListener {
  estimated(estimate: RecordedMmd): void;
  failed(error: Error): void;
}

/**
 * Has MMD estimated on a thread of its own: with its permutations an estimate takes as long as many
 * steps take to record.
 */
export class MmdEstimator {
  readonly #worker: Worker;
  #outstanding = 0;
  #closed = false;

  /** Starts the thread, whose bundle is `thread`, for a run with this seed. */
  constructor(thread: string, seed: number) {
    const workerData: MmdStart = { seed };
    this.#worker = new Worker(thread, { workerData, resourceLimits: THREAD_LIMITS });
  }

  /** Whether all that was asked for has been answered. */
  get idle(): boolean {
    return this.#outstanding === 0;
  }

  /** Says who hears the answers; to be called once, before anything is asked for. */
  listen(listener: MmdListener): void {
    this.#worker.on('message', (reply: MmdReply) => {
      this.#outstanding--;
      if (reply.type === 'estimated') listener.estimated(reply.estimate);
      else listener.failed(deserializeError(reply.error));
    });
    this.#worker.on('error', (error) => {
      listener.failed(error);
    });
    this.#worker.on('exit', () => {
      if (!this.#closed) listener.failed(new Error('the thread that estimates MMD has ended'));
    });
  }

  /** Asks for an estimate; the samples' values move to the thread. */
  estimate(request: MmdRequest): void {
    this.#outstanding++;
    const values = [request.a, request.b].map((sample) => sample.values.buffer as ArrayBuffer);
    this.#worker.postMessage(request, values);
  }

  /** Ends the thread, whatever it is at. */
  close(): void {
    this.#closed = true;
    void this.#worker.terminate();
  }
}
