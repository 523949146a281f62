import type { FaultWatch } from '../faults/faultWatch.ts';
import { HEARTBEAT_MS } from '../protocol/events.ts';
import { epochsOver } from '../protocol/phases.ts';
import { serializeError } from '../protocol/userError.ts';
import type { RunWriter } from '../runs/runWriter.ts';
import type { MmdEstimator } from './mmdEstimator.ts';
import type { RecordedEvent, RecorderReply, RecorderRequest } from './protocol.ts';
import type { SiteStatistics } from './siteStatistics.ts';
import type { RecordedStep, StepMemory } from './stepMemory.ts';

/** The memory is looked at for new steps this often at least and at most, ms. */
const LEAST_LOOK_MS = 5;
const MOST_LOOK_MS = 100;
/** The part of the memory that should be full then: to wake a thread costs as much as a small step. */
const FILLED = 1 / 2;

/** A request, and how many steps were over when it came: they are recorded first. */
interface Waiting {
  readonly request: RecorderRequest;
  readonly after: number;
}

/**
 * Writes the steps in the memory and what the training thread tells, in their order, the estimates
 * of MMD as they come, and a heartbeat meanwhile. After the first failure, which is told, it records
 * nothing any more but how the run ended.
 *
 * A step whose activations are to be compared waits until the estimates of those before it are there.
 * The memory then fills up and training waits: no estimate is left out, and never are those of more
 * than one step in memory.
 */
export class Recording {
  #step: number;
  #failed = false;
  readonly #requests: Waiting[] = [];
  readonly #heartbeat: NodeJS.Timeout;
  #nextLook: NodeJS.Timeout;
  #lookedAt = performance.now();
  #overAtLook = 0;

  constructor(
    private readonly writer: RunWriter,
    private readonly memory: StepMemory,
    private readonly statistics: SiteStatistics,
    private readonly mmd: MmdEstimator,
    private readonly faults: FaultWatch,
    fromStep: number,
    private readonly reply: (reply: RecorderReply) => void,
  ) {
    this.#step = fromStep;
    mmd.listen({
      estimated: ({ mmd, window, classes }) => {
        this.#unlessFailed(() => {
          writer.append('mmd', mmd);
          if (window !== null) writer.append('mmdWindows', window);
          for (const row of classes) writer.append('mmdClasses', row);
        });
        this.#proceed();
      },
      failed: (error) => {
        this.#unlessFailed(() => {
          throw error;
        });
        this.#proceed();
      },
    });
    this.#heartbeat = setInterval(() => {
      this.#beat();
    }, HEARTBEAT_MS);
    this.#nextLook = this.#lookIn(LEAST_LOOK_MS);
  }

  take(request: RecorderRequest): void {
    this.#requests.push({ request, after: this.memory.over });
    this.#proceed();
  }

  #lookIn(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#look();
    }, ms);
  }

  /** Records the steps since the last look; plans the next one by how long they took. */
  #look(): void {
    const { over } = this.memory;
    const now = performance.now();
    const stepMs = (now - this.#lookedAt) / (over - this.#overAtLook);
    this.#lookedAt = now;
    this.#overAtLook = over;
    const fillingMs = FILLED * this.memory.slots * stepMs;
    const ms = Math.min(Math.max(fillingMs, LEAST_LOOK_MS), MOST_LOOK_MS);
    this.#nextLook = this.#lookIn(ms);
    this.#proceed();
    this.#unlessFailed(() => {
      this.writer.flushDue(ms);
    });
  }

  /** Does what can be done now. */
  #proceed(): void {
    // Not the steps that end meanwhile: timers and requests must have their turn.
    let left = this.memory.waiting;
    for (;;) {
      const [next] = this.#requests;
      if (next !== undefined && this.#isDue(next)) {
        this.#requests.shift();
        this.#answer(next.request);
        continue;
      }
      if (left === 0) return;
      const step = this.memory.oldest();
      if (!this.#failed && !this.mmd.idle && this.statistics.estimatesMmd(step.step)) return;
      this.#record(step);
      this.memory.finish();
      left--;
    }
  }

  #isDue({ request, after }: Waiting): boolean {
    if (this.memory.done < after) return false;
    const needsAll = request.type === 'settle' || request.type === 'end';
    return !needsAll || this.#failed || this.mmd.idle;
  }

  #answer(request: RecorderRequest): void {
    switch (request.type) {
      case 'hurry':
        break;
      case 'event':
        this.#unlessFailed(() => {
          this.#hear(request.body);
        });
        break;
      case 'epochEnd':
        this.#unlessFailed(() => {
          this.faults.endEpoch(request.step, request.epoch, request.weights);
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

  #record({ step, layout, outcomes, alignments, passes }: RecordedStep): void {
    this.#unlessFailed(() => {
      const { segments, trained } = this.memory.shared.shape.layouts[layout]!;
      const labels = outcomes.map((outcome) => outcome.labels);
      if (trained !== null) {
        this.statistics.record(step, layout, passes, labels);
        return;
      }
      this.#step = step;
      const losses = new Map<number, number>();
      segments.forEach(({ domain, images }, segment) => {
        const { loss, accuracy } = outcomes[segment]!;
        losses.set(domain, loss);
        this.writer.append('steps', { step, domain, images, loss, accuracy });
      });
      alignments.forEach((outcome, term) => {
        this.writer.append('alignments', { step, term, ...outcome });
      });
      this.statistics.record(step, layout, passes, labels);
      this.faults.endStep(step, losses, alignments);
    });
  }

  #hear(body: RecordedEvent): void {
    this.writer.event(body);
    if (body.type === 'eval' && body.split === 'validation' && !body.final) {
      this.faults.seeEvaluation(body.domain, body);
    }
  }

  #beat(): void {
    this.#unlessFailed(() => {
      const epoch = epochsOver(this.writer.run, this.#step);
      this.writer.event({ type: 'heartbeat', step: this.#step, epoch });
    });
  }

  /** The end is written even after a failure: a full disk may still have room for a line. */
  #end({ summary }: Extract<RecorderRequest, { type: 'end' }>): void {
    clearInterval(this.#heartbeat);
    clearTimeout(this.#nextLook);
    this.mmd.close();
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
