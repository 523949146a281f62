import { describe, expect, it } from 'vitest';
import { FaultWatch } from '../../../src/faults/faultWatch.ts';
import type { WatchedRun } from '../../../src/faults/network.ts';
import type { WeightsView } from '../../../src/faults/weightsView.ts';
import type { FaultEvent } from '../../../src/protocol/faults.ts';
import { wilsonInterval } from '../../../src/stats/wilson.ts';
import { networkSite, watchedRun } from './network.ts';

/** Shows γ and β at the end of one epoch after another; returns what was found, with its step. */
function faultsOfWeights(epochs: readonly WeightsView[], site: Parameters<typeof networkSite>[0]) {
  const faults: FaultEvent[] = [];
  const run = watchedRun({ sites: [networkSite(site)] });
  const watch = new FaultWatch(run, (fault) => faults.push(fault), null);
  epochs.forEach((weights, epoch) => {
    watch.endEpoch(10 * epoch, epoch, weights);
  });
  return faults.map(({ code, step, domain }) => [code, step, domain].join(' ').trimEnd());
}

const branch = (gamma: number[] | null, beta: number[] | null) => ({
  gamma: gamma && Float32Array.from(gamma),
  beta: beta && Float32Array.from(beta),
});

describe('gamma-collapse', () => {
  const whole = [branch([1, 1, 1, 1], null)];
  const half = [branch([1, -1, 0.009, -0.009], null)];
  const most = [branch([1, -0.009, 0.009, 0], null)];

  it('is found when most of γ has gone, in the branch where it has', () => {
    expect(faultsOfWeights([[whole], [half], [most]], {})).toEqual(['gamma-collapse 20']);
    const handled = faultsOfWeights([[[...whole, ...whole]], [[...whole, ...most]]], {
      handling: 'handled',
    });
    expect(handled).toEqual(['gamma-collapse 10 1']);
  });

  it('is none in a layer that begins with γ = 0, nor in one without γ', () => {
    const zero = [branch([0, 0, 0, 0], null)];
    expect(faultsOfWeights([[zero], [most], [whole]], {})).toEqual([]);
    expect(faultsOfWeights([[[branch(null, [0])]], [[branch(null, [0])]]], {})).toEqual([]);
  });
});

describe('dead-channels behind BatchNorm', () => {
  const shut = [branch([1, 1, 1, -0.1], [0, -5.9, 5, -0.61])];

  it('are those whose β lies 6 |γ| below 0, where ReLU follows', () => {
    expect(faultsOfWeights([[shut]], { rectified: true })).toEqual(['dead-channels 0']);
    expect(faultsOfWeights([[shut]], { rectified: false })).toEqual([]);
    const open = [branch([1, 1, 1, -0.1], [0, -5.9, 5, -0.59])];
    expect(faultsOfWeights([[open]], { rectified: true })).toEqual([]);
  });

  it('take γ for 1 in a layer without, and leave γ = β = 0 be', () => {
    const unscaled = [branch(null, [-7, 0, 0, 0])];
    expect(faultsOfWeights([[unscaled]], { rectified: true })).toEqual(['dead-channels 0']);
    const zero = [branch([0, 0], [0, 0])];
    expect(faultsOfWeights([[zero]], { rectified: true })).toEqual([]);
  });
});

describe('synthetic-overfitting', () => {
  const metrics = (correct: number, n: number) => ({
    accuracy: correct / n,
    n,
    ...wilsonInterval(correct, n),
    loss: 1,
  });

  /** Shows the numbers of images classified rightly, of 1,000 synthetic and 300 real ones. */
  function epochsUntilFound(
    synthetic: readonly number[],
    real: readonly number[],
    run: WatchedRun = watchedRun(),
  ): number[] {
    const steps: number[] = [];
    const watch = new FaultWatch(run, ({ step }) => steps.push(step), null);
    synthetic.forEach((correct, index) => {
      watch.seeEvaluation(0, metrics(correct, 1_000));
      watch.seeEvaluation(1, metrics(real[index]!, 300));
      watch.endEpoch(index + 1, index + 1, []);
    });
    return steps;
  }

  it('is found when a significant gap has lasted 3 epochs without the real getting better', () => {
    const synthetic = [700, 990, 990, 990, 990];
    expect(epochsUntilFound(synthetic, [150, 190, 188, 189, 190])).toEqual([5]);
    // A new best begins the count anew.
    expect(epochsUntilFound([...synthetic, 990, 990], [150, 190, 189, 191, 190, 190, 190])).toEqual(
      [7],
    );
    // The real accuracy rises: every epoch brings something.
    expect(epochsUntilFound(synthetic, [150, 160, 170, 180, 190])).toEqual([]);
  });

  it('needs the intervals 20 points apart', () => {
    // 985 of 1,000: 97.5% to 99.1%; 219 and 234 of 300: at most 77.7% and 82.3%.
    const synthetic = [985, 985, 985, 985, 985];
    expect(epochsUntilFound(synthetic, [219, 219, 219, 219, 219])).toEqual([]);
    expect(epochsUntilFound(synthetic, [216, 216, 216, 216, 216])).toEqual([4]);
  });

  it('is looked for in phases that train on both only', () => {
    const found = (...domains: number[]): number[] => {
      const phases = watchedRun().phases.map((phase) => ({ ...phase, domains }));
      const synthetic = [990, 990, 990, 990];
      return epochsUntilFound(synthetic, [190, 190, 190, 190], watchedRun({ phases }));
    };
    expect(found(0, 1)).toEqual([4]);
    expect(found(0)).toEqual([]);
    expect(found(1)).toEqual([]);
  });

  it('starts anew when the gap closes', () => {
    const synthetic = [990, 990, 990, 700, 990, 990];
    expect(epochsUntilFound(synthetic, [190, 190, 190, 190, 190, 190])).toEqual([]);
  });
});
