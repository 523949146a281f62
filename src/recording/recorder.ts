import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { NetworkSite } from '../faults/network.ts';
import type { WeightsView } from '../faults/weightsView.ts';
import type { RunSummary } from '../protocol/events.ts';
import type { RunFile } from '../protocol/run.ts';
import { deserializeError } from '../protocol/userError.ts';
import type {
  RecordedEvent,
  RecorderReply,
  RecorderRequest,
  RecorderStart,
  RunTarget,
} from './protocol.ts';
import type { StatisticsState } from './siteStatistics.ts';
import {
  StepMemory,
  type AlignmentOutcome,
  type SegmentOutcome,
  type StepShape,
} from './stepMemory.ts';
import { THREAD_LIMITS } from './threadLimits.ts';

/** What {@link Recorder.open} needs. */
export interface RecorderOptions {
  /** Path of dist/recorder.js. */
  readonly thread: string;
  /** Path of dist/mmdThread.js. */
  readonly mmdThread: string;
  /** Path of dist/wasm/statistics.wasm. */
  readonly statisticsKernel: string;
  readonly target: RunTarget;
  readonly shape: StepShape;
  /** What the rules that look for faults know of the sites. */
  readonly network: readonly NetworkSite[];
  /** Where an earlier attempt broke off; null for a new run. */
  readonly state: StatisticsState | null;
}

/** A promise that its maker settles. */
interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Records a run on a thread of its own, which turns what the sites saw into statistics, writes the
 * run directory and keeps up its heartbeat however long a training step takes.
 *
 * What is told is written in the order in which it is told. When the thread fails, because the disk
 * is full or of a bug, all later calls but {@link end} throw its error.
 */
export class Recorder {
  readonly #settling: Waiting<StatisticsState>[] = [];
  #ending: Waiting<void> | null = null;
  #failure: Error | null = null;
  #lost = false;

  private constructor(
    private readonly worker: Worker,
    /** Where the training thread leaves what the sites saw. */
    readonly memory: StepMemory,
    /** Absolute path of the run directory. */
    readonly directory: string,
    readonly run: RunFile,
  ) {
    worker.on('message', (reply: RecorderReply) => {
      this.#hear(reply);
    });
    worker.on('error', (error) => {
      this.#lose(error);
    });
    worker.on('exit', () => {
      this.#lose(new Error('the thread that records the run has ended'));
    });
  }

  /** Starts the thread; throws what `RunWriter.create` and `RunWriter.resume` do. */
  static async open({ thread, target, shape, ...known }: RecorderOptions): Promise<Recorder> {
    const memory = StepMemory.allocate(shape);
    const workerData: RecorderStart = { target, steps: memory.shared, ...known };
    const worker = new Worker(thread, { workerData, resourceLimits: THREAD_LIMITS });
    const reply = await new Promise<RecorderReply>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    if (reply.type === 'failed') throw deserializeError(reply.error);
    if (reply.type !== 'opened') throw new Error(`the recorder began with "${reply.type}"`);
    return new Recorder(worker, memory, reply.directory, reply.run);
  }

  /** Waits until the memory has room for another step. */
  async room(): Promise<void> {
    if (!this.memory.hasRoom) this.#post({ type: 'hurry' });
    while (!this.memory.hasRoom) {
      this.#throwFailure();
      await setTimeout(1);
    }
  }

  /** Ends a step that began in the memory. */
  endStep(
    step: number,
    outcomes: readonly SegmentOutcome[],
    alignments: readonly AlignmentOutcome[],
  ): void {
    this.#throwFailure();
    this.memory.end(step, outcomes, alignments);
  }

  event(body: RecordedEvent): void {
    this.#throwFailure();
    this.#post({ type: 'event', body });
  }

  /** Ends an epoch, whose evaluations were told as events; `weights` are those it came to. */
  endEpoch(step: number, epoch: number, weights: WeightsView): void {
    this.#throwFailure();
    this.#post({ type: 'epochEnd', step, epoch, weights });
  }

  /** Waits until all that was told is in the files; returns the statistics' state then. */
  async settle(): Promise<StatisticsState> {
    this.#throwFailure();
    return await new Promise((resolve, reject) => {
      this.#settling.push({ resolve, reject });
      this.#post({ type: 'settle' });
    });
  }

  /** Writes how the run ended and ends the thread; throws when that cannot be written. */
  async end(summary: RunSummary): Promise<void> {
    if (this.#lost) this.#throwFailure();
    await new Promise<void>((resolve, reject) => {
      this.#ending = { resolve, reject };
      this.#post({ type: 'end', summary });
    });
  }

  #hear(reply: RecorderReply): void {
    switch (reply.type) {
      case 'opened':
        break;
      case 'settled':
        this.#settling.shift()?.resolve(reply.state);
        break;
      case 'failed':
        this.#fail(deserializeError(reply.error));
        break;
      case 'closed':
        if (reply.error === undefined) this.#ending?.resolve();
        else this.#ending?.reject(deserializeError(reply.error));
        break;
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#settling.splice(0)) reject(error);
  }

  /** The thread is gone, which is well only after it has said so. */
  #lose(error: Error): void {
    this.#fail(error);
    this.#lost = true;
    this.#ending?.reject(error);
  }

  #post(request: RecorderRequest): void {
    this.worker.postMessage(request);
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure;
  }
}
