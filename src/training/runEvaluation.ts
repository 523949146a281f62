import type { LoadedDomain } from '../data/domains.ts';
import type { RunMetrics, SplitMetrics } from '../protocol/events.ts';
import type { Split } from '../protocol/run.ts';
import type { Recorder } from '../recording/recorder.ts';
import { breathe } from './breathe.ts';
import { refuseDivergence } from './divergence.ts';
import { evaluatePart } from './evaluate.ts';
import type { StopReason, Supervisor } from './supervisor.ts';
import type { TrainingPlan } from './trainingPlan.ts';
import type { Trainee } from './trainStep.ts';

/** What is evaluated, and who hears of it. */
export interface EvaluationParts {
  readonly trainee: Pick<Trainee, 'model' | 'context'>;
  readonly domains: readonly LoadedDomain[];
  readonly plan: TrainingPlan;
  readonly recorder: Recorder;
  readonly supervisor: Supervisor;
}

/** Where in a run an evaluation is. */
export interface EvaluationPlace {
  readonly step: number;
  readonly epoch: number;
}

const SPLITS = ['train', 'validation', 'test'] as const satisfies readonly Split[];

/**
 * Measures the validation part of each domain, in their order; null where there is none with labels.
 * @throws UserError for a loss that is not finite.
 */
export async function validate(
  parts: EvaluationParts,
  place: EvaluationPlace,
): Promise<(SplitMetrics | null)[]> {
  const measured: (SplitMetrics | null)[] = [];
  for (const domain of parts.domains.keys()) {
    measured.push(await evaluate(parts, place, domain, 'validation', false));
  }
  return measured;
}

/**
 * Measures every part of every domain, the only use of test images; or returns why the run should end
 * before all are measured.
 * @throws UserError for a loss that is not finite.
 */
export async function closeEvaluation(
  parts: EvaluationParts,
  place: EvaluationPlace,
): Promise<RunMetrics | StopReason> {
  const metrics: Record<string, Partial<Record<Split, SplitMetrics>>> = {};
  for (const [domain, { name }] of parts.domains.entries()) {
    const own: Partial<Record<Split, SplitMetrics>> = {};
    for (const split of SPLITS) {
      const measured = await evaluate(parts, place, domain, split, true);
      if (measured !== null) own[split] = measured;
      else {
        const reason = await stopReason(parts.supervisor);
        if (reason !== null) return reason;
      }
    }
    metrics[name] = own;
  }
  return metrics;
}

async function evaluate(
  { trainee, domains, plan, recorder, supervisor }: EvaluationParts,
  place: EvaluationPlace,
  domain: number,
  split: Split,
  final: boolean,
): Promise<SplitMetrics | null> {
  const { name, parts } = domains[domain]!;
  const { model, context } = trainee;
  // As many images as a joint training step, for which the memory should be enough.
  const images = plan.probes.segments.reduce((sum, segment) => sum + segment.images, 0);
  // Validation is part of its epoch: ended early, it would leave nothing to resume from.
  const mayGoOn = async () => {
    await breathe();
    return !final || (await stopReason(supervisor)) === null;
  };
  const metrics = await evaluatePart(model, context, domain, parts[split], images, mayGoOn);
  if (metrics === null) return null;
  recorder.event({ type: 'eval', ...place, domain, split, final, ...metrics });
  refuseDivergence(metrics.loss, `${split} loss of domain "${name}"`, place.step);
  return metrics;
}

/** Reads the control file. */
async function stopReason(supervisor: Supervisor): Promise<StopReason | null> {
  await supervisor.poll();
  return supervisor.stopReason();
}
