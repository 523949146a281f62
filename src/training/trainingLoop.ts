import type { LoadedDomain } from '../data/domains.ts';
import type { BatchLoader } from '../data/loader.ts';
import type { SiteParameters } from '../nn/batchContext.ts';
import { learningRateAt, type LearningRate } from '../nn/optimizers/schedules.ts';
import type { EndReason, RunMetrics, RunSummary, SplitMetrics } from '../protocol/events.ts';
import type { Split } from '../protocol/run.ts';
import { UserError } from '../protocol/userError.ts';
import type { Recorder } from '../recording/recorder.ts';
import type { CheckpointStore } from './checkpointStore.ts';
import type { EarlyStopping, ValidationScore } from './earlyStopping.ts';
import { evaluatePart } from './evaluate.ts';
import type { SeededMath } from './seededMath.ts';
import { SiteMonitor } from './siteMonitor.ts';
import type { StopReason, Supervisor } from './supervisor.ts';
import { trainStep, type SegmentResult, type Trainee } from './trainStep.ts';

/** Between two checkpoints at most this much work is at stake, ms. */
const CHECKPOINT_INTERVAL_MS = 60_000;
/** A paused run looks at its control file this often, ms. */
const PAUSED_POLL_MS = 100;

/** Everything a run trains with; constructed by the trainer. */
export interface LoopParts {
  readonly trainee: Trainee;
  readonly domains: readonly LoadedDomain[];
  readonly loader: BatchLoader;
  readonly recorder: Recorder;
  readonly checkpoints: CheckpointStore;
  readonly stopping: EarlyStopping;
  readonly supervisor: Supervisor;
  readonly random: SeededMath;
  /** Measures real domains again with weights that are adapted to them, if the strategy does so. */
  readonly adapt: (summary: RunSummary) => Promise<RunSummary>;
  readonly totalSteps: number;
  readonly learningRate: LearningRate;
}

/** Trains from the step after `fromStep` to the end, records everything and says how it ended. */
export class TrainingLoop {
  readonly #monitor: SiteMonitor;
  readonly #stepMs: number[] = [];
  #step: number;
  #lastCheckpoint = performance.now();

  constructor(
    private readonly parts: LoopParts,
    fromStep: number,
  ) {
    this.#monitor = new SiteMonitor(parts.recorder.memory);
    this.#step = fromStep;
  }

  get step(): number {
    return this.#step;
  }

  get epoch(): number {
    return Math.floor(this.#step / this.parts.loader.stepsPerEpoch);
  }

  async run(): Promise<RunSummary> {
    const { loader, totalSteps, stopping } = this.parts;
    if (this.#step === 0) this.#tellWeights();
    while (this.#step < totalSteps && !stopping.exhausted) {
      const reason = await this.#heed();
      if (reason !== null) return this.summary(reason, {});
      await this.#trainOneStep();
      if (this.#step % loader.stepsPerEpoch === 0) await this.#endEpoch();
      else if (performance.now() - this.#lastCheckpoint > CHECKPOINT_INTERVAL_MS) {
        await this.#checkpoint(false);
      }
    }
    return this.#finish();
  }

  /** Lets timers and messages through, then does what the control file asks. */
  async #heed(): Promise<StopReason | null> {
    const { supervisor, recorder } = this.parts;
    await breathe();
    await supervisor.poll();
    if (supervisor.isPaused() && supervisor.stopReason() === null) {
      await this.#checkpoint(false);
      recorder.event({ type: 'paused', step: this.#step });
      while (supervisor.isPaused() && supervisor.stopReason() === null) {
        await new Promise((resolve) => setTimeout(resolve, PAUSED_POLL_MS));
        await supervisor.poll();
      }
      if (supervisor.stopReason() === null) recorder.event({ type: 'continued', step: this.#step });
    }
    const reason = supervisor.stopReason();
    if (reason !== null) await this.#checkpoint(false);
    return reason;
  }

  async #trainOneStep(): Promise<void> {
    const { loader, random, recorder, trainee, totalSteps } = this.parts;
    const step = this.#step + 1;
    const batch = await loader.batch(step);
    await recorder.room();
    const start = performance.now();
    random.enter('step', step);
    this.#monitor.beginStep();
    const place = { learningRate: this.#learningRateAt(step), progress: (step - 1) / totalSteps };
    const { segments, alignments } = trainStep(trainee, batch, place, this.#monitor);
    recorder.endStep(step, segments, alignments);
    this.#stepMs.push(performance.now() - start);
    this.#refuseDivergence(step, segments);
    this.#step = step;
  }

  #learningRateAt(step: number): number {
    return learningRateAt(this.parts.learningRate, step, this.parts.totalSteps);
  }

  #refuseDivergence(step: number, results: readonly SegmentResult[]): void {
    const { domains } = this.parts;
    const bad = results.find(
      ({ domain, loss }) => domains[domain]?.labelled === true && !Number.isFinite(loss),
    );
    if (bad !== undefined) {
      throw new UserError(
        `the loss of domain "${domains[bad.domain]?.name ?? ''}" became ${String(bad.loss)} at step ${step}`,
        { hint: 'Lower the learning rate, or check that the images are rescaled.' },
      );
    }
  }

  async #endEpoch(): Promise<void> {
    const { domains, recorder, stopping } = this.parts;
    const learningRate = this.#learningRateAt(this.#step);
    recorder.event({ type: 'epoch', epoch: this.epoch, step: this.#step, learningRate });
    const scores: { kind: LoadedDomain['kind']; score: ValidationScore }[] = [];
    for (const [domain, { kind, labelled }] of domains.entries()) {
      const metrics = await this.#evaluate(domain, 'validation', false);
      // Labels that may not be trained on may not choose either.
      if (metrics !== null && labelled) scores.push({ kind, score: metrics });
    }
    const real = scores.filter(({ kind }) => kind === 'real');
    const judges = (real.length > 0 ? real : scores).map(({ score }) => score);
    // Without any validation image the last epoch is as good a choice as there is.
    const best = judges.length === 0 || stopping.observe(meanScore(judges), this.#step);
    this.#tellWeights();
    await this.#checkpoint(best);
  }

  /** Shows the recorder γ and β where an epoch ends, and where the first one begins. */
  #tellWeights(): void {
    const { recorder, trainee } = this.parts;
    const weights = recorder.run.sites.map((): SiteParameters[] => []);
    for (const { sites, parameters } of trainee.context.layers) {
      for (const site of sites) weights[site]!.push(...parameters);
    }
    recorder.endEpoch(this.#step, this.epoch, weights);
  }

  async #evaluate(domain: number, split: Split, final: boolean): Promise<SplitMetrics | null> {
    const { trainee, domains, loader, recorder } = this.parts;
    const part = domains[domain]?.parts[split];
    if (part === undefined) return null;
    const { model, context } = trainee;
    // As many images as a training step: so many have proved to fit into memory.
    const images = loader.segments.reduce((sum, segment) => sum + segment.images, 0);
    // Validation is part of its epoch: ended early, it would leave nothing to resume from.
    const mayGoOn = async () => {
      await breathe();
      return !final || (await this.#stopReason()) === null;
    };
    const metrics = await evaluatePart(model, context, domain, part, images, mayGoOn);
    if (metrics !== null) {
      const place = { step: this.#step, epoch: this.epoch, domain, split, final };
      recorder.event({ type: 'eval', ...place, ...metrics });
    }
    return metrics;
  }

  /** Reads the control file. */
  async #stopReason(): Promise<StopReason | null> {
    await this.parts.supervisor.poll();
    return this.parts.supervisor.stopReason();
  }

  /**
   * Measures every part on the weights that validation chose; the only use of test images. A run
   * that is stopped meanwhile does this again when it is resumed from its last step.
   */
  async #finish(): Promise<RunSummary> {
    this.parts.checkpoints.restoreBest();
    const metrics: Record<string, Partial<Record<Split, SplitMetrics>>> = {};
    for (const [domain, { name }] of this.parts.domains.entries()) {
      const own: Partial<Record<Split, SplitMetrics>> = {};
      for (const split of ['train', 'validation', 'test'] as const) {
        const measured = await this.#evaluate(domain, split, true);
        if (measured !== null) own[split] = measured;
        else {
          const reason = await this.#stopReason();
          if (reason !== null) return this.summary(reason, {});
        }
      }
      metrics[name] = own;
    }
    return this.parts.adapt(this.summary('finished', metrics));
  }

  async #checkpoint(best: boolean): Promise<void> {
    const { checkpoints, recorder, stopping } = this.parts;
    const statistics = await recorder.settle();
    const state = { step: this.#step, statistics, stopping: stopping.state };
    const file = checkpoints.save(state, best);
    recorder.event({ type: 'checkpoint', step: this.#step, epoch: this.epoch, file, best });
    // Only then: a run that is killed in between resumes from the checkpoint its events name.
    await recorder.settle();
    await checkpoints.prune();
    this.#lastCheckpoint = performance.now();
  }

  /** Says what there is to say of the run when it ends now. */
  summary(reason: EndReason, metrics: RunMetrics): RunSummary {
    return {
      reason,
      step: this.#step,
      epoch: this.epoch,
      stepMs: { median: median(this.#stepMs) },
      bestStep: this.parts.checkpoints.bestStep,
      metrics,
    };
  }
}

function meanScore(scores: readonly ValidationScore[]): ValidationScore {
  const mean = (pick: (score: ValidationScore) => number) =>
    scores.reduce((sum, score) => sum + pick(score), 0) / scores.length;
  return { accuracy: mean((score) => score.accuracy), loss: mean((score) => score.loss) };
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return 0;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Gives the event loop a turn: heartbeats, flushes and messages pass between batches. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
