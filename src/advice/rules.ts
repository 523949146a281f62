import type { SplitMetrics } from '../protocol/events.ts';
import { percent } from '../protocol/shareText.ts';
import { mcNemarP } from '../stats/mcNemar.ts';
import { pOf, type Facts, type TargetFacts } from './facts.ts';

/** What a rule proposes: names on axes, to go beside or in place of the run's own. */
export interface Proposal {
  /** The names of the strategy, in any order. */
  readonly names: readonly string[];
  readonly reason: string;
  readonly source: string;
}

/** Looks at one real domain; null where it has nothing to say. */
export type Rule = (target: TargetFacts, facts: Facts) => Proposal | null;

/** A p-value that is small among those of several layers and steps. */
const SMALL_P = 0.01;

/**
 * Labelled real images that share statistics with domains from which they differ, and are
 * classified worse: statistics and parameters of their own.
 */
const separate: Rule = (target, facts) => {
  const gap = gapText(target, facts);
  const { mixedLayers, labelled, name } = target;
  if (mixedLayers.length === 0 || gap === null || !labelled) return null;
  return {
    names: withNormalization(facts, 'separate'),
    reason: `One set of statistics serves ${name} and a domain that differs from it at ${list(mixedLayers)}. ${gap}`,
    source: 'Chang et al., CVPR 2019',
  };
};

/** The same without labels, from which a branch of its own could not learn γ and β. */
const adaptMixed: Rule = (target, facts) => {
  const gap = gapText(target, facts);
  const { mixedLayers, labelled, name, images } = target;
  if (mixedLayers.length === 0 || gap === null || labelled || isAdapted(facts)) return null;
  return {
    names: [...namesOf(facts), 'adabn'],
    reason: `${name} has no labels to train on, and shares statistics with a domain that differs from it at ${list(mixedLayers)}; its ${images} training images give statistics without labels. ${gap}`,
    source: 'Li et al. 2016',
  };
};

/** Other statistics with the same weights were measured to be better. */
const adaptMeasured: Rule = (target, facts) => {
  const { name, whatIf } = target;
  if (whatIf === undefined || whatIf.all.gainLow <= 0 || isAdapted(facts)) return null;
  const { images, trained, all } = whatIf;
  return {
    names: [...namesOf(facts), 'adabn'],
    reason: `With the trained weights and statistics of ${images} of its training images, ${percent(all.accuracy)} of ${name}'s ${trained.n} validation images are classified rightly instead of ${percent(trained.accuracy)}; the gain is at least ${percent(all.gainLow)} (95%)${oracleText(target)}.`,
    source: 'Li et al. 2016',
  };
};

/** A branch of its own that learns nothing: share γ and β, and learn only a correction. */
const conditional: Rule = ({ faults }, facts) => {
  const starved = faults.find(({ code }) => code === 'starved-branch');
  if (starved === undefined || !facts.strategy.normalization.includes('separate')) return null;
  return {
    names: withNormalization(facts, 'conditional'),
    reason: `${starved.message}: a correction of shared γ and β needs less.`,
    source: 'de Vries et al., NeurIPS 2017; woozch/DSBN#5',
  };
};

/** Batches too small to normalize with. */
const renormalize: Rule = ({ faults }, facts) => {
  const small = faults.find(({ code }) => code === 'batch-too-small');
  if (small === undefined) return null;
  return {
    names: withNormalization(facts, 'batch-renorm'),
    reason: `${small.message}; batch renormalization leans on the moving statistics instead.`,
    source: 'Ioffe, NeurIPS 2017',
  };
};

/** What the classifier reads tells the domains apart, and real images are classified worse. */
const align: Rule = (target, facts) => {
  const gap = gapText(target, facts);
  const { mmd, name } = target;
  if (mmd === undefined || pOf(mmd) > SMALL_P || gap === null) return null;
  const { alignment, schedule } = facts.strategy;
  // Fine-tuning trains on one kind of domain at a time, which then meets no other.
  if (alignment.length > 0 || schedule.length > 0) return null;
  return {
    names: [...namesOf(facts), 'mmd'],
    reason: `At the last BatchNorm layer ${name} still differs from another domain: p = ${pOf(mmd).toFixed(3)} by MMD at step ${mmd.step}. ${gap}`,
    source: 'Long et al., ICML 2015',
  };
};

/** A net that learns synthetic images only, and labelled real ones to go on with. */
const finetune: Rule = (target, facts) => {
  const { faults, labelled, name, images } = target;
  const overfitting = faults.find(({ code }) => code === 'synthetic-overfitting');
  const { alignment, schedule } = facts.strategy;
  if (overfitting === undefined || !labelled) return null;
  if (alignment.length > 0 || schedule.length > 0) return null;
  return {
    names: [...namesOf(facts), 'finetune-updated'],
    reason: `${overfitting.message}${oracleText(target)}; ${images} images of ${name} can be trained on after the synthetic ones.`,
    source: 'Girshick et al., CVPR 2014',
  };
};

/** An adaptation that made more images wrong than right, by more than chance explains. */
const leaveOut: Rule = (target, facts) => {
  const { name, validation, adapted, changes } = target;
  const [adaptation] = facts.strategy.adaptation;
  if (adaptation === undefined || validation === undefined || adapted === undefined) return null;
  // Runs of earlier versions do not say it; intervals of two shares of the same images are no test.
  if (changes === undefined) return null;
  const p = mcNemarP(changes.gained, changes.lost);
  if (p > SMALL_P) return null;
  return {
    names: namesOf(facts).filter((each) => each !== adaptation),
    reason: `${adaptation} lowers the accuracy on ${name}'s ${validation.n} validation images from ${percent(validation.accuracy)} to ${percent(adapted.accuracy)}: ${changes.lost} become wrong, ${changes.gained} right (p = ${p.toPrecision(2)})${oracleText(target)}.`,
    source: 'McNemar 1947',
  };
};

/** In the order in which their advice is given. */
export const RULES: readonly Rule[] = [
  leaveOut,
  adaptMeasured,
  separate,
  adaptMixed,
  conditional,
  renormalize,
  align,
  finetune,
];

/** Says that real validation images are classified worse than synthetic ones; null if chance may. */
function gapText(target: TargetFacts, { synthetic }: Facts): string | null {
  const { name, validation } = target;
  if (validation === undefined || synthetic === undefined) return null;
  if (validation.high >= synthetic.low) return null;
  return `Validation accuracy is ${share(synthetic)} on synthetic images and ${share(validation)} on ${name}${oracleText(target)}.`;
}

/** Marks what is known by more validation labels than may be trained on. */
function oracleText({ oracle }: TargetFacts): string {
  return oracle ? " (an oracle's: by labels that may not be trained on)" : '';
}

function namesOf({ strategy }: Facts): string[] {
  const { normalization, alignment, schedule, adaptation } = strategy;
  return [...normalization, ...alignment, ...schedule, ...adaptation];
}

function withNormalization(facts: Facts, name: string): string[] {
  const [, ...others] = namesOf(facts);
  return [name, ...others];
}

function isAdapted({ strategy }: Facts): boolean {
  return strategy.adaptation.length > 0;
}

function list(names: readonly string[]): string {
  return names.join(', ');
}

function share({ accuracy, low, high }: SplitMetrics): string {
  return `${percent(accuracy)} [${percent(low)}, ${percent(high)}]`;
}
