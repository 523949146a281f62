import type { LoadedDomain } from '../data/domains.ts';
import { BATCH_STATISTICS, type StatisticsTreatment } from '../nn/batchContext.ts';
import type { TrainingOptimizer } from '../nn/optimizers/optimizer.ts';
import { learningRateAt } from '../nn/optimizers/schedules.ts';
import type { EndReason, RunMetrics, RunSummary } from '../protocol/events.ts';
import { epochsOver } from '../protocol/phases.ts';
import { isProbed } from '../protocol/probes.ts';
import type { RunPhase } from '../protocol/run.ts';
import type { Recorder } from '../recording/recorder.ts';
import { median } from '../stats/median.ts';
import { breathe } from './breathe.ts';
import type { CheckpointStore, ResumedState } from './checkpointStore.ts';
import { refuseDivergence } from './divergence.ts';
import { EarlyStopping, type ValidationScore } from './earlyStopping.ts';
import { probe } from './probe.ts';
import { closeEvaluation, validate, type EvaluationPlace } from './runEvaluation.ts';
import type { SeededMath } from './seededMath.ts';
import { SiteMonitor } from './siteMonitor.ts';
import { parametersBySite, scalesBySite } from './siteSummaries.ts';
import type { StopReason, Supervisor } from './supervisor.ts';
import type { PlannedPhase, TrainingPlan } from './trainingPlan.ts';
import { trainStep, type SegmentResult, type Trainee } from './trainStep.ts';

/** Between two checkpoints at most this much work is at stake, ms. */
const CHECKPOINT_INTERVAL_MS = 60_000;
/** A paused run looks at its control file this often, ms. */
const PAUSED_POLL_MS = 100;

/** Everything a run trains with; constructed by the trainer. */
export interface LoopParts {
  readonly trainee: Omit<Trainee, 'optimizer'>;
  /** Makes the optimizer of a phase as it begins. */
  readonly optimizerOf: (phase: RunPhase) => TrainingOptimizer;
  readonly domains: readonly LoadedDomain[];
  readonly plan: TrainingPlan;
  readonly recorder: Recorder;
  readonly checkpoints: CheckpointStore;
  /** Epochs without a better one after which a phase ends; undefined lets it take all of them. */
  readonly patience: number | undefined;
  readonly supervisor: Supervisor;
  readonly random: SeededMath;
  /** Measures real domains again with weights that are adapted to them, if the strategy does so. */
  readonly adapt: (summary: RunSummary) => Promise<RunSummary>;
}

/**
 * Trains phase after phase, from where an earlier attempt broke off, records everything and says how
 * it ended.
 *
 * Each phase but the first begins with the weights that validation chose in the one before, and with
 * a new optimizer and new patience.
 */
export class TrainingLoop {
  readonly #monitor: SiteMonitor;
  readonly #stepMs: number[] = [];
  #step: number;
  #phase: PlannedPhase;
  #optimizer: TrainingOptimizer;
  #stopping: EarlyStopping;
  #lastCheckpoint = performance.now();

  constructor(
    private readonly parts: LoopParts,
    state: ResumedState | null,
  ) {
    this.#monitor = new SiteMonitor(parts.recorder.memory);
    this.#step = state?.loop.step ?? 0;
    this.#phase = parts.plan.phases[state?.loop.phase ?? 0]!;
    this.#optimizer = parts.optimizerOf(this.#phase.run);
    if (state !== null) this.#optimizer.restore(state.optimizer);
    this.#stopping = new EarlyStopping(parts.patience, state?.loop.stopping);
    this.#treatStatistics(this.#phase.run);
  }

  get step(): number {
    return this.#step;
  }

  get epoch(): number {
    return epochsOver(this.parts.recorder.run, this.#step);
  }

  get #place(): EvaluationPlace {
    return { step: this.#step, epoch: this.epoch };
  }

  async run(): Promise<RunSummary> {
    if (this.#step === 0) this.#tellWeights();
    for (;;) {
      const reason = await this.#trainPhase();
      if (reason !== null) return this.summary(reason, {});
      const next = this.parts.plan.phases[this.#phaseIndex + 1];
      if (next === undefined) return this.#finish();
      this.#enter(next);
    }
  }

  get #phaseIndex(): number {
    return this.parts.plan.phases.indexOf(this.#phase);
  }

  /** How many steps of the phase are over. */
  get #phaseStep(): number {
    return this.#step - this.#phase.run.firstStep + 1;
  }

  /** Goes on with a phase until it has taken its steps or stops early; returns why the run should end. */
  async #trainPhase(): Promise<StopReason | null> {
    const { steps, stepsPerEpoch, firstStep } = this.#phase.run;
    if (this.#phaseStep === 0) {
      const fromStep = this.parts.checkpoints.bestStep;
      const phase = this.#phaseIndex;
      this.parts.recorder.event({ type: 'phase', phase, step: firstStep, fromStep });
    }
    while (this.#phaseStep < steps && !this.#stopping.exhausted) {
      const reason = await this.#heed();
      if (reason !== null) return reason;
      await this.#trainOneStep();
      if (this.#phaseStep % stepsPerEpoch === 0) await this.#endEpoch();
      else if (performance.now() - this.#lastCheckpoint > CHECKPOINT_INTERVAL_MS) {
        await this.#checkpoint(false);
      }
    }
    return null;
  }

  #enter(phase: PlannedPhase): void {
    this.parts.checkpoints.restoreBest();
    this.#optimizer.dispose();
    this.#phase = phase;
    this.#step = phase.run.firstStep - 1;
    this.#optimizer = this.parts.optimizerOf(phase.run);
    this.#stopping = new EarlyStopping(this.parts.patience);
    this.#treatStatistics(this.#phase.run);
  }

  /** Gives domains that no phase has trained yet, to be measured and to begin with, what this one has. */
  #adoptBranches(): void {
    const { plan, trainee, domains } = this.parts;
    const begun = plan.phases.slice(0, this.#phaseIndex + 1);
    const from = this.#phase.run.domains[0]!;
    for (const domain of domains.keys()) {
      if (begun.some(({ run }) => run.domains.includes(domain))) continue;
      for (const layer of trainee.context.layers) layer.adopt(domain, from);
    }
  }

  #treatStatistics(treatment: StatisticsTreatment): void {
    for (const layer of this.parts.trainee.context.layers) layer.treatStatistics(treatment);
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
    const { random, recorder } = this.parts;
    const step = this.#step + 1;
    if (this.#phase.probeLayout !== null && isProbed(recorder.run, step)) {
      await this.#probe(step, this.#phase.probeLayout);
    }
    const batch = await this.#phase.loader.batch(this.#phaseStep + 1);
    await recorder.room();
    const start = performance.now();
    random.enter('step', step);
    this.#monitor.beginStep(this.#phase.layout);
    const phaseStep = this.#phaseStep + 1;
    const place = {
      learningRate: this.#learningRateAt(phaseStep),
      progress: (phaseStep - 1) / this.#phase.run.steps,
    };
    const trainee = { ...this.parts.trainee, optimizer: this.#optimizer };
    const { segments, alignments } = trainStep(trainee, batch, place, this.#monitor);
    recorder.endStep(step, segments, alignments);
    this.#stepMs.push(performance.now() - start);
    this.#refuseDivergence(step, segments);
    this.#step = step;
  }

  /** Shows the recorder all domains under the weights that a step begins with. */
  async #probe(step: number, layout: number): Promise<void> {
    const { plan, recorder, trainee } = this.parts;
    const batch = await plan.probes.batch(step);
    await recorder.room();
    this.#monitor.beginStep(layout);
    recorder.endStep(step, probe(trainee, batch, this.#monitor), []);
  }

  /** The rate of the phase's step, counted from 1. */
  #learningRateAt(phaseStep: number): number {
    const { learningRate, run } = this.#phase;
    return run.rateFactor * learningRateAt(learningRate, phaseStep, run.steps);
  }

  #refuseDivergence(step: number, results: readonly SegmentResult[]): void {
    for (const { domain, loss } of results) {
      const { labelled, name } = this.parts.domains[domain]!;
      if (labelled) refuseDivergence(loss, `loss of domain "${name}"`, step);
    }
  }

  async #endEpoch(): Promise<void> {
    this.#adoptBranches();
    const { domains, recorder, trainee } = this.parts;
    const { judges } = this.#phase.run;
    recorder.event({
      type: 'epoch',
      ...this.#place,
      learningRate: this.#learningRateAt(this.#phaseStep),
      scales: scalesBySite(trainee.context.layers, recorder.run.sites.length, domains.length),
    });
    const measured = await validate(this.parts, this.#place);
    const scores = judges.flatMap((domain) => measured[domain] ?? []);
    // Without any validation image the last epoch is as good a choice as there is.
    const best = scores.length === 0 || this.#stopping.observe(meanScore(scores), this.#step);
    this.#tellWeights();
    await this.#checkpoint(best);
  }

  /** Shows the recorder γ and β where an epoch ends, and where the first one begins. */
  #tellWeights(): void {
    const { recorder, trainee } = this.parts;
    const weights = parametersBySite(trainee.context.layers, recorder.run.sites.length);
    recorder.endEpoch(this.#step, this.epoch, weights);
  }

  /**
   * Measures every part on the weights that validation chose. A run that is stopped meanwhile does
   * this again when it is resumed from its last step.
   */
  async #finish(): Promise<RunSummary> {
    this.parts.checkpoints.restoreBest();
    // What adapts the network afterwards finds its layers as they are without a schedule.
    this.#treatStatistics(BATCH_STATISTICS);
    const measured = await closeEvaluation(this.parts, this.#place);
    if (typeof measured === 'string') return this.summary(measured, {});
    return this.parts.adapt(this.summary('finished', measured));
  }

  async #checkpoint(best: boolean): Promise<void> {
    const { checkpoints, recorder } = this.parts;
    const statistics = await recorder.settle();
    const stopping = this.#stopping.state;
    const state = { step: this.#step, phase: this.#phaseIndex, statistics, stopping };
    const file = checkpoints.save(state, this.#optimizer.state(), best);
    recorder.event({ type: 'checkpoint', ...this.#place, file, best });
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
      stepMs: { median: this.#stepMs.length === 0 ? 0 : median(this.#stepMs) },
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
