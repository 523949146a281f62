import { phasesOf, totalStepsOf } from '../protocol/phases.ts';
import type { Handling, RunAlignment, RunDomain, RunFile, RunPhase } from '../protocol/run.ts';

/** A layer that stands before or after a BatchNorm layer. */
export interface Neighbour {
  readonly name: string;
}

/** What the built model says of one site; its index is the site's id. */
export interface NetworkSite {
  readonly name: string;
  readonly handling: Handling;
  /** Whether each domain has γ and β of its own. */
  readonly ownParameters: boolean;
  /** Whether it keeps running statistics; without, each image is normalized with its own. */
  readonly keepsStatistics: boolean;
  /** Weight of the old value when the running statistics move. */
  readonly momentum: number;
  /** What is added to the variance that is divided by. */
  readonly epsilon: number;
  /** Whether it normalizes with its running statistics in training too and does not move them. */
  readonly frozen: boolean;
  /** Whether it has γ or β that training changes. */
  readonly trainable: boolean;
  /** Whether all that reads it is ReLU. */
  readonly rectified: boolean;
  /** Dense and convolutional layers whose bias its mean takes out again. */
  readonly biasedBefore: readonly Neighbour[];
  /** Dense layers whose bias can say all that its β says; empty if anything else reads it. */
  readonly biasedAfter: readonly Neighbour[];
  /** Dropout that reaches it without passing another BatchNorm layer. */
  readonly dropoutBefore: readonly (Neighbour & { readonly rate: number })[];
  /** Whether there are weights before it besides those of BatchNorm, and training changes none. */
  readonly frozenBefore: boolean;
}

/** What the rules know before the first step. */
export interface WatchedRun {
  readonly domains: readonly Pick<
    RunDomain,
    'name' | 'kind' | 'labelled' | 'trainLabels' | 'images'
  >[];
  readonly sites: readonly NetworkSite[];
  /** The domains of every batch and their images in it. */
  readonly segments: readonly { readonly domain: number; readonly images: number }[];
  readonly totalSteps: number;
  /** What aligns the domains. */
  readonly alignments: readonly RunAlignment[];
  readonly phases: readonly RunPhase[];
}

/** Returns the phase that a step belongs to. */
export function phaseOf({ phases }: WatchedRun, step: number): RunPhase {
  const phase = phases.findLast(({ firstStep }) => firstStep <= step) ?? phases[0];
  if (phase === undefined) throw new Error('a run has a phase');
  return phase;
}

/** Counts the steps up to `step`, from 1 and included, of phases that update running statistics. */
export function updatingSteps({ phases }: WatchedRun, step: number): number {
  return phases
    .filter(({ statisticsUpdated }) => statisticsUpdated)
    .map(({ firstStep, steps }) => Math.min(steps, Math.max(0, step - firstStep + 1)))
    .reduce((sum, steps) => sum + steps, 0);
}

/** Puts together what the rules know. */
export function watchedRun(
  run: Pick<RunFile, 'domains' | 'epochs' | 'stepsPerEpoch' | 'phases' | 'alignments'>,
  sites: readonly NetworkSite[],
  segments: WatchedRun['segments'],
): WatchedRun {
  const { domains, alignments } = run;
  return {
    domains,
    alignments,
    sites,
    segments,
    totalSteps: totalStepsOf(run),
    phases: phasesOf(run),
  };
}
