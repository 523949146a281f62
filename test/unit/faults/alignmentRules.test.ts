import { describe, expect, it } from 'vitest';
import { networkSite, watchedRun } from './network.ts';
import { HEALTHY, Watching, type Seen } from './watching.ts';

const place = { layer: 'scores', side: 'input' } as const;
const adversarial = {
  name: 'adversarial',
  ...place,
  discriminator: true,
  settings: { weight: 1, batchNorm: false },
};
const mmd = { name: 'mmd', ...place, discriminator: false, settings: { weight: 1 } };
const RUN = watchedRun({ alignments: [mmd, adversarial] });
/** Domains whose means are 5 standard errors of their difference apart. */
const APART: readonly Seen[] = [{}, { mean: 0.1 * Math.SQRT2 * 5 }];
const MMD = { loss: 1, weight: 1, accuracy: NaN };

/** Shows steps of two domains in which the discriminator says this. */
function show(
  watching: Watching,
  steps: number,
  said: { readonly loss: number; readonly accuracy: number; readonly weight?: number },
  seen: readonly Seen[] = APART,
): Watching {
  return watching.show(steps, [seen], [1, 1], [MMD, { weight: 1, ...said }]);
}

describe('discriminator-winning', () => {
  const wins = { loss: 0.01, accuracy: 0.995 };

  it('is found after 100 steps, of the discriminator alone', () => {
    const watching = show(new Watching(RUN), 99, wins);
    expect(watching.found).toEqual([]);
    show(watching, 1, wins);
    expect(watching.faults).toMatchObject([{ code: 'discriminator-winning', step: 100, term: 1 }]);
    expect(watching.faults[0]?.message).toContain('adversarial at the input of scores takes 99.5%');
  });

  it('does not count steps in which the weight has not risen yet', () => {
    const watching = show(new Watching(RUN), 300, { ...wins, weight: 0.49 });
    expect(show(watching, 99, wins).found).toEqual([]);
    expect(show(watching, 1, wins).found).toEqual(['discriminator-winning']);
  });

  it('spares one that errs in a few images', () => {
    expect(show(new Watching(RUN), 500, { loss: 0.1, accuracy: 0.98 }).found).toEqual([]);
  });

  it('advises against BatchNorm where there is some', () => {
    const settings = { weight: 1, batchNorm: true };
    const hints = [adversarial, { ...adversarial, settings }].map((term) => {
      const run = watchedRun({ alignments: [mmd, term] });
      return show(new Watching(run), 100, wins).faults[0]?.hint;
    });
    expect(hints.map((hint) => hint?.includes('without BatchNorm'))).toEqual([false, true]);
  });
});

describe('discriminator-dead', () => {
  const dead = { loss: Math.LN2, accuracy: 0.5 };

  it('is found after 50 guesses in succession, with the site at which the domains differ', () => {
    const watching = show(new Watching(RUN), 49, dead);
    show(watching, 1, { loss: Math.LN2, accuracy: 0.5 + 1 / 64 });
    show(watching, 49, dead);
    expect(watching.found).toEqual([]);
    show(watching, 1, dead);
    expect(watching.faults).toMatchObject([{ code: 'discriminator-dead', step: 100, term: 1 }]);
    expect(watching.faults[0]?.message).toContain('the domains differ at bn1');
  });

  it('looks for the site that differs among all', () => {
    const sites = [networkSite(), networkSite({ name: 'bn2' })];
    const watching = new Watching({ ...RUN, sites });
    watching.show(50, [HEALTHY, APART], [1, 1], [MMD, { ...dead, weight: 1 }]);
    expect(watching.faults[0]?.message).toContain('bn2');
  });

  it('spares a guess between domains that do not differ', () => {
    expect(show(new Watching(RUN), 500, dead, HEALTHY).found).toEqual([]);
  });

  it('spares one that is fooled, whose accuracy is about a guess', () => {
    const watching = new Watching(RUN);
    for (let step = 0; step < 500; step++) {
      show(watching, 1, { loss: Math.LN2, accuracy: 0.5 + ((step % 7) - 3) / 64 });
    }
    expect(watching.found).toEqual([]);
  });

  it('spares one whose loss is not that of a guess', () => {
    expect(show(new Watching(RUN), 500, { loss: 0.9, accuracy: 0.5 }).found).toEqual([]);
  });
});

it('a step without terms is no step for either rule', () => {
  const watching = show(new Watching(RUN), 49, { loss: Math.LN2, accuracy: 0.5 });
  watching.show(100, [APART], [1]);
  expect(watching.found).toEqual([]);
  expect(show(watching, 1, { loss: Math.LN2, accuracy: 0.5 }).found).toEqual([
    'discriminator-dead',
  ]);
});

it('rules go on where an attempt broke off', () => {
  const before = show(new Watching(RUN), 30, { loss: Math.LN2, accuracy: 0.5 });
  const after = new Watching(RUN, before.watch.state, 30);
  show(after, 20, { loss: Math.LN2, accuracy: 0.5 });
  expect(after.faults).toMatchObject([{ code: 'discriminator-dead', step: 50 }]);
});
