import { BatchLoader } from '../data/loader.ts';
import { nearest } from '../validation/nearest.ts';
import { layersWithin } from '../nn/layerTree.ts';
import type { LearningRate } from '../nn/optimizers/schedules.ts';
import type { RunPhase } from '../protocol/run.ts';
import type { BatchLayout } from '../recording/stepMemory.ts';
import { UserError } from '../protocol/userError.ts';
import { judgesOf, requireJudges } from './judges.ts';
import { trainableWeights } from './phaseOptimizer.ts';
import type { PreparedExperiment } from './prepare.ts';

/** A phase of a run with what it draws its batches from. */
export interface PlannedPhase {
  readonly run: RunPhase;
  /** Its batches are numbered from 1 in each phase. */
  readonly loader: BatchLoader;
  /** Its schedule runs over the phase's steps; `run.rateFactor` multiplies it. */
  readonly learningRate: LearningRate;
  /** Index of its training batches' layout. */
  readonly layout: number;
  /** Index of its probes' layout; null if it trains on all domains. */
  readonly probeLayout: number | null;
}

/** What a run trains on when. */
export interface TrainingPlan {
  readonly phases: readonly PlannedPhase[];
  /** Draws training images of all domains, other batches than any phase's. */
  readonly probes: BatchLoader;
  /** Of all batches. */
  readonly layouts: readonly BatchLayout[];
}

/** What a run was started with; `epochs` are those of a phase that declares none. */
export interface PlanOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly seed: number;
}

/**
 * Divides an experiment's training into the phases of its strategy's schedule.
 * @throws UserError where the schedule and the experiment do not fit each other.
 */
export function planTraining(
  { experiment, data, model, strategy }: PreparedExperiment,
  { epochs, batchSize, seed }: PlanOptions,
): TrainingPlan {
  const { selection, optimizer } = experiment.train;
  const { domains } = data;
  const { learningRate } = optimizer;
  const probes = new BatchLoader(domains, { batchSize, seed, purpose: 'probes' });
  const phases: PlannedPhase[] = [];
  const layouts: BatchLayout[] = [];
  for (const phase of strategy.schedule.phases({ domains, epochs, learningRate })) {
    const { batchNorm, learningRate, ...rest } = phase;
    requireLayers(model, phase.layers);
    const loader = new BatchLoader(domains, { batchSize, seed, domains: phase.domains });
    const { stepsPerEpoch } = loader;
    const before = phases.at(-1)?.run;
    const run = {
      ...rest,
      firstStep: before === undefined ? 1 : before.firstStep + before.steps,
      steps: phase.epochs * stepsPerEpoch,
      stepsPerEpoch,
      judges: judgesOf(domains, phase.domains, selection),
      ...batchNorm,
    };
    const layout = layouts.push({ segments: loader.segments, trained: null }) - 1;
    const probeLayout =
      phase.domains.length === domains.length
        ? null
        : layouts.push({ segments: probes.segments, trained: phase.domains }) - 1;
    phases.push({ run, loader, learningRate, layout, probeLayout });
  }
  requireMeeting(strategy, phases);
  const described = phases.map(({ run }) => run);
  requireJudges(experiment, described, domains);
  return { phases, probes, layouts };
}

/** Domains that never come in one batch cannot be aligned. */
function requireMeeting(
  { name, alignments }: PreparedExperiment['strategy'],
  phases: readonly PlannedPhase[],
): void {
  if (alignments.length === 0 || phases.some(({ run }) => run.domains.length > 1)) return;
  throw new UserError(
    `strategy "${name}" aligns domains, but no phase trains on more than one of them`,
    { hint: 'Leave out the alignment, or the fine-tuning.' },
  );
}

function requireLayers(model: PreparedExperiment['model'], layers: readonly string[] | null): void {
  const names = [...layersWithin(model)].map(({ name }) => name);
  const unknown = layers?.find((name) => !names.includes(name));
  if (unknown === undefined) {
    if (trainableWeights(model, layers).length > 0) return;
    throw new UserError(`strategies: layers ${layers?.join(', ') ?? ''} have no weights to train`, {
      hint: 'Name layers with weights, or leave layers out to train all.',
      field: ['strategies'],
    });
  }
  const meant = nearest(unknown, names);
  throw new UserError(`strategies: the model has no layer "${unknown}" to train`, {
    hint: meant === null ? `It has ${names.join(', ')}.` : `Did you mean "${meant}"?`,
    field: ['strategies'],
  });
}
