import { HEARTBEAT_MS } from '../protocol/events.ts';
import { serializeError } from '../protocol/userError.ts';
import type { RunWriter } from '../runs/runWriter.ts';
import type { RecorderReply, RecorderRequest } from './protocol.ts';
import type { SiteStatistics } from './siteStatistics.ts';
import type { StepMemory } from './stepMemory.ts';

/**
 * Writes what the training thread tells, in its order, and a heartbeat meanwhile. After the first
 * failure, which is told, it records nothing any more but how the run ended.
 */
export class Recording {
  #step: number;
  #failed = false;
  readonly #heartbeat: NodeJS.Timeout;

  constructor(
    private readonly writer: RunWriter,
    private readonly memory: StepMemory,
    private readonly statistics: SiteStatistics,
    fromStep: number,
    private readonly reply: (reply: RecorderReply) => void,
  ) {
    this.#step = fromStep;
    this.#heartbeat = setInterval(() => {
      this.#unlessFailed(() => {
        const epoch = Math.floor(this.#step / writer.run.stepsPerEpoch);
        writer.event({ type: 'heartbeat', step: this.#step, epoch });
      });
    }, HEARTBEAT_MS);
  }

  take(request: RecorderRequest): void {
    switch (request.type) {
      case 'step':
        this.#unlessFailed(() => {
          this.#record(request);
        });
        this.memory.finish();
        break;
      case 'event':
        this.#unlessFailed(() => {
          this.writer.event(request.body);
        });
        break;
      case 'settle':
        this.#unlessFailed(() => {
          this.writer.flush();
          this.reply({ type: 'settled', state: this.statistics.state });
        });
        break;
      case 'end':
        this.#end(request);
        break;
    }
  }

  #record({ step, rows }: Extract<RecorderRequest, { type: 'step' }>): void {
    this.#step = step;
    for (const row of rows) this.writer.append('steps', row);
    this.statistics.record(step, this.memory.oldest());
  }

  /** The end is written even after a failure: a full disk may still have room for a line. */
  #end({ summary }: Extract<RecorderRequest, { type: 'end' }>): void {
    clearInterval(this.#heartbeat);
    try {
      try {
        this.writer.event({ type: 'ended', ...summary });
      } finally {
        this.writer.close();
      }
      this.reply({ type: 'closed' });
    } catch (error) {
      this.reply({ type: 'closed', error: serializeError(error) });
    }
  }

  #unlessFailed(action: () => void): void {
    if (this.#failed) return;
    try {
      action();
    } catch (error) {
      this.#failed = true;
      this.reply({ type: 'failed', error: serializeError(error) });
    }
  }
}
