import { phaseOf } from './network.ts';
import type { Rule } from './rule.ts';
import { domainName, percent } from './text.ts';
import type { SplitMetrics } from '../protocol/events.ts';

/** Accuracy on the validation parts at an epoch's end, by domain; undefined where there is none. */
export interface EvaluationView {
  readonly step: number;
  readonly epoch: number;
  readonly accuracies: readonly (Pick<SplitMetrics, 'accuracy' | 'low' | 'high'> | undefined)[];
}

const LEAST_GAP = 0.2;
const EPOCHS = 3;

interface Memory {
  /** Best accuracy so far, and the epoch in which it was reached. */
  best: number;
  bestEpoch: number;
  /** First of the epochs in succession in which the gap was there; null when it is not. */
  since: number | null;
}

/**
 * A net that has learned the synthetic images and not the real ones: on validation the 95% interval
 * of the best synthetic domain lies more than 20 points above that of a real one, and has done so in
 * all epochs up to 3 after the first such one, or after the one in which the real accuracy was best
 * if that is later: a new best begins the count anew. Only epochs of phases that train on both count.
 * The intervals are Wilson's, so chance alone is
 * no reason.
 */
export const syntheticOverfitting: Rule<EvaluationView, Memory> = {
  code: 'synthetic-overfitting',
  subjects: ({ domains }) =>
    domains.flatMap(({ kind }, domain) => (kind === 'real' ? [{ domain }] : [])),
  begin: () => ({ best: 0, bestEpoch: 0, since: null }),
  look({ step, epoch, accuracies }, { domain }, memory, run) {
    const isSynthetic = (id: number): boolean => run.domains[id]?.kind === 'synthetic';
    // Where only the synthetic images are trained on, the gap is what is expected; where only real
    // ones are, it is no fault of the synthetic ones.
    const { domains } = phaseOf(run, step);
    if (!domains.includes(domain ?? -1) || !domains.some(isSynthetic)) return null;
    const real = accuracies[domain ?? -1];
    const synthetic = accuracies
      .filter((_, other) => isSynthetic(other))
      .filter((own) => own !== undefined)
      .sort((a, b) => b.low - a.low)[0];
    if (real === undefined || synthetic === undefined) return null;
    if (real.accuracy > memory.best) {
      memory.best = real.accuracy;
      memory.bestEpoch = epoch;
    }
    const gap = synthetic.low - real.high;
    memory.since = gap > LEAST_GAP ? (memory.since ?? epoch) : null;
    const start = Math.max(memory.since ?? epoch, memory.bestEpoch);
    if (memory.since === null || epoch - start < EPOCHS) return null;
    return {
      message: `On validation the net is right on ${percent(synthetic.accuracy)} of the synthetic images but on ${percent(real.accuracy)} of domain ${domainName(domain, run)}, which has not improved since epoch ${memory.bestEpoch}`,
      hint: 'Stop early, vary the synthetic images more, train on more real ones, or compare the strategy separate.',
      value: gap,
      threshold: LEAST_GAP,
    };
  },
};
