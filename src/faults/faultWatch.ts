import type { SplitMetrics } from '../protocol/events.ts';
import type { FaultEvent } from '../protocol/faults.ts';
import { batchNoise } from './batchNoise.ts';
import { deadChannels } from './deadChannels.ts';
import { discriminatorDead } from './discriminatorDead.ts';
import { discriminatorWinning } from './discriminatorWinning.ts';
import { explodingActivations } from './explodingActivations.ts';
import { explodingGradients } from './explodingGradients.ts';
import { gammaCollapse } from './gammaCollapse.ts';
import type { WatchedRun } from './network.ts';
import { notFinite } from './notFinite.ts';
import { Watch, type WatchState } from './rule.ts';
import { shutRectifiers } from './shutRectifiers.ts';
import { starvedBranch } from './starvedBranch.ts';
import { statisticsLag } from './statisticsLag.ts';
import {
  siteView,
  type AlignmentView,
  type DomainView,
  type SiteView,
  type StepView,
} from './stepView.ts';
import { syntheticOverfitting, type EvaluationView } from './syntheticOverfitting.ts';
import { vanishingActivations } from './vanishingActivations.ts';
import { vanishingGradients } from './vanishingGradients.ts';
import type { WeightsView } from './weightsView.ts';

const STEP_RULES = [
  notFinite,
  deadChannels,
  explodingActivations,
  vanishingActivations,
  explodingGradients,
  vanishingGradients,
  starvedBranch,
  batchNoise,
  statisticsLag,
  discriminatorWinning,
  discriminatorDead,
];

/** Where a {@link FaultWatch} stands; JSON. */
export interface FaultState {
  readonly steps: WatchState;
  readonly weights: WatchState;
  readonly evaluations: WatchState;
}

/** Looks for faults in what is recorded while a run trains; each is told once. */
export class FaultWatch {
  readonly #steps: Watch<StepView>;
  readonly #weights: Watch<WeightsView>;
  readonly #evaluations: Watch<EvaluationView>;
  #sites: (SiteView | undefined)[] = [];
  #accuracies: (SplitMetrics | undefined)[] = [];

  /** `state` is where an earlier attempt broke off; `tell` hears of each fault. */
  constructor(
    private readonly run: WatchedRun,
    private readonly tell: (fault: FaultEvent) => void,
    state: FaultState | null,
  ) {
    this.#steps = new Watch(STEP_RULES, run, state?.steps);
    this.#weights = new Watch([gammaCollapse, shutRectifiers], run, state?.weights);
    this.#evaluations = new Watch([syntheticOverfitting], run, state?.evaluations);
  }

  get state(): FaultState {
    return {
      steps: this.#steps.state,
      weights: this.#weights.state,
      evaluations: this.#evaluations.state,
    };
  }

  /** Takes what a site saw in the step under way; the moments' influences need not outlast it. */
  seeSite(site: number, domains: readonly DomainView[]): void {
    this.#sites[site] = siteView(site, this.run.sites[site]!, domains);
  }

  /** Ends a step; `losses` are those of the domains it trained on, `alignments` those of the terms. */
  endStep(
    step: number,
    losses: ReadonlyMap<number, number>,
    alignments: readonly AlignmentView[],
  ): void {
    this.#steps.look(step, { step, sites: this.#sites, losses, alignments }).forEach(this.tell);
    this.#sites = [];
  }

  /** Takes what a domain's validation said at the end of the epoch under way. */
  seeEvaluation(domain: number, metrics: SplitMetrics): void {
    this.#accuracies[domain] = metrics;
  }

  /** Ends an epoch; the 0th is over before the first step. */
  endEpoch(step: number, epoch: number, weights: WeightsView): void {
    const accuracies = this.#accuracies;
    this.#weights.look(step, weights).forEach(this.tell);
    this.#evaluations.look(step, { step, epoch, accuracies }).forEach(this.tell);
    this.#accuracies = [];
  }
}
