import { HEARTBEAT_MS } from '../protocol/events.ts';
import { serializeError } from '../protocol/userError.ts';
import type { RunWriter } from '../runs/runWriter.ts';
import type { RecorderReply, RecorderRequest } from './protocol.ts';
import type { SiteStatistics } from './siteStatistics.ts';
import type { RecordedStep, StepMemory } from './stepMemory.ts';

/** The memory is looked at for new steps this often, ms. */
const LOOK_MS = 10;

/**
 * Writes the steps in the memory and what the training thread tells, in their order, and a heartbeat
 * meanwhile. After the first failure, which is told, it records nothing any more but how the run
 * ended.
 */
export class Recording {
  #step: number;
  #failed = false;
  readonly #timers: readonly NodeJS.Timeout[];

  constructor(
    private readonly writer: RunWriter,
    private readonly memory: StepMemory,
    private readonly statistics: SiteStatistics,
    fromStep: number,
    private readonly reply: (reply: RecorderReply) => void,
  ) {
    this.#step = fromStep;
    this.#timers = [
      setInterval(() => {
        this.#catchUp();
      }, LOOK_MS),
      setInterval(() => {
        this.#beat();
      }, HEARTBEAT_MS),
    ];
  }

  take(request: RecorderRequest): void {
    this.#catchUp();
    switch (request.type) {
      case 'hurry':
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

  #catchUp(): void {
    // Not those that end meanwhile: timers and requests must have their turn.
    for (let left = this.memory.waiting; left > 0; left--) {
      this.#record(this.memory.oldest());
      this.memory.finish();
    }
  }

  #record({ step, outcomes, passes }: RecordedStep): void {
    this.#unlessFailed(() => {
      this.#step = step;
      this.memory.shared.shape.segments.forEach(({ domain, images }, segment) => {
        this.writer.append('steps', { step, domain, images, ...outcomes[segment]! });
      });
      this.statistics.record(step, passes);
    });
  }

  #beat(): void {
    this.#unlessFailed(() => {
      const epoch = Math.floor(this.#step / this.writer.run.stepsPerEpoch);
      this.writer.event({ type: 'heartbeat', step: this.#step, epoch });
    });
  }

  /** The end is written even after a failure: a full disk may still have room for a line. */
  #end({ summary }: Extract<RecorderRequest, { type: 'end' }>): void {
    for (const timer of this.#timers) clearInterval(timer);
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
