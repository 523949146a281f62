import { describe, expect, it } from 'vitest';
import { HEALTHY, Watching, type Seen } from './watching.ts';
import { networkSite, watchedRun } from './network.ts';

const TWO_SITES = watchedRun({ sites: [networkSite(), networkSite({ name: 'bn2' })] });
const HANDLED = watchedRun({ sites: [networkSite({ handling: 'handled' })] });

describe('while training', () => {
  it('a healthy run is silent', () => {
    const separate = watchedRun({
      sites: [networkSite({ handling: 'handled' }), networkSite({ handling: 'handled' })],
    });
    for (const run of [TWO_SITES, separate]) {
      expect(new Watching(run).show(1_000, [HEALTHY, HEALTHY]).found).toEqual([]);
    }
  });

  describe('not-finite', () => {
    it('names the first layer and step of a NaN in the activations, once', () => {
      const watching = new Watching(TWO_SITES).show(6, [HEALTHY, HEALTHY]);
      watching.show(2, [HEALTHY, [{}, { mean: [0, NaN, 0, 0] }]], [NaN, NaN]);
      watching.show(1, [[{ mean: Infinity }, {}], HEALTHY], [NaN, NaN]);
      expect(watching.faults).toMatchObject([{ code: 'not-finite', step: 7, site: 1, domain: 1 }]);
      expect(watching.faults[0]?.message).toContain('bn2');
    });

    it('takes the last layer for the origin of a gradient, which runs backwards', () => {
      const bad: Seen[] = [{}, { gradientNorm: Infinity }];
      const { found } = new Watching(TWO_SITES).show(1, [bad, bad]);
      expect(found).toEqual(['not-finite 1 1']);
    });

    it('looks behind the layers where only a loss is no number', () => {
      const { faults } = new Watching(TWO_SITES).show(1, [HEALTHY, HEALTHY], [1, NaN]);
      expect(faults).toMatchObject([{ code: 'not-finite', domain: 1 }]);
      expect(faults[0]).not.toHaveProperty('site');
    });

    it('lets a domain without labels have no loss', () => {
      const [synthetic, real] = TWO_SITES.domains;
      const domains = [synthetic!, { ...real!, labelled: false }];
      const watching = new Watching({ ...TWO_SITES, domains });
      expect(watching.show(1, [HEALTHY, HEALTHY], [1, NaN]).found).toEqual([]);
    });
  });

  describe('dead-channels', () => {
    const dead: Seen = { variance: [0, 1, 1, 1] };

    it('counts channels that no image of any domain varies, from the 50th step on', () => {
      const watching = new Watching(watchedRun()).show(49, [[dead, dead]]);
      expect(watching.found).toEqual([]);
      watching.show(1, [[dead, dead]]);
      expect(watching.faults).toMatchObject([{ code: 'dead-channels', value: 0.25, site: 0 }]);
    });

    it('begins anew when a channel varies again, and spares one that varies in a domain', () => {
      const watching = new Watching(watchedRun()).show(49, [[dead, dead]]).show(1, [HEALTHY]);
      expect(watching.show(49, [[dead, dead]]).found).toEqual([]);
      expect(new Watching(watchedRun()).show(100, [[dead, {}]]).found).toEqual([]);
    });

    it('lets less than a quarter of the channels be', () => {
      const one: Seen = { variance: [0, 1, 1, 1, 1] };
      expect(new Watching(watchedRun()).show(100, [[one, one]]).found).toEqual([]);
    });
  });

  describe('exploding-activations', () => {
    it('compares with the first step, and waits for 10 steps', () => {
      const grown: Seen[] = [{ variance: 2.1e4 }, { variance: 2.1e4 }];
      const first: Seen[] = [{ variance: 2 }, { variance: 2 }];
      const watching = new Watching(watchedRun()).show(1, [first]).show(9, [grown]);
      expect(watching.found).toEqual([]);
      expect(watching.show(1, [grown]).found).toEqual(['exploding-activations 0']);
      expect(watching.faults[0]?.value).toBeCloseTo(1.05e4);
    });

    it('takes the spread between the domains of a mixed layer for variance', () => {
      const far: Seen[] = [{ mean: 300 }, { mean: -300 }];
      const watching = new Watching(watchedRun()).show(1, [HEALTHY]).show(20, [far]);
      expect(watching.found).toContain('exploding-activations 0');
    });
  });

  it('vanishing-activations: variance below a tenth of epsilon for 20 steps, told per branch', () => {
    const small: Seen[] = [{}, { variance: 0.9e-4, meanSe: 1e-3 }];
    const watching = new Watching(HANDLED).show(19, [small]);
    expect(watching.found).toEqual([]);
    expect(watching.show(1, [small]).found).toEqual(['vanishing-activations 0 1']);
    const enough: Seen[] = [{}, { variance: 1.1e-4, meanSe: 1e-3 }];
    expect(new Watching(HANDLED).show(49, [enough]).found).toEqual([]);
  });

  it('exploding-gradients: a norm over both domains above 1,000 for 3 steps', () => {
    const large: Seen[] = [{ gradientNorm: 800 }, { gradientNorm: 800 }];
    const watching = new Watching(watchedRun()).show(2, [large]);
    expect(watching.found).toEqual([]);
    expect(watching.show(1, [large]).found).toEqual(['exploding-gradients 0']);
    expect(watching.faults[0]?.value).toBeCloseTo(800 * Math.SQRT2);
  });

  describe('vanishing-gradients', () => {
    const gradient = (norm: number): Seen[] => [{ gradientNorm: norm }, { gradientNorm: norm }];

    it('are found beside a layer whose gradient is 10,000 times as large, after 50 steps', () => {
      const watching = new Watching(TWO_SITES).show(49, [gradient(0.9e-4), gradient(1)]);
      expect(watching.found).toEqual([]);
      watching.show(1, [gradient(0.9e-4), gradient(1)]);
      expect(watching.found).toEqual(['vanishing-gradients 0']);
    });

    it('are no fault where all fall together, or nothing is trainable', () => {
      const low = new Watching(TWO_SITES).show(200, [gradient(1e-9), gradient(1e-8)], [1e-6, 1e-6]);
      expect(low.found).toEqual([]);
      const frozen = networkSite({ frozen: true, trainable: false });
      const run = watchedRun({ sites: [frozen, networkSite()] });
      expect(new Watching(run).show(200, [gradient(0), gradient(1)]).found).toEqual([]);
    });

    it('are found where nothing is left of any although the loss is high', () => {
      const none = [gradient(0), gradient(0)];
      expect(new Watching(TWO_SITES).show(50, none, [2.3, 2.3]).found).toEqual([
        'vanishing-gradients 0',
        'vanishing-gradients 1',
      ]);
      expect(new Watching(TWO_SITES).show(50, none, [1e-4, 1e-4]).found).toEqual([]);
    });
  });

  describe('starved-branch', () => {
    const starving: Seen[] = [{ gradientNorm: 1 }, { gradientNorm: 0.019 }];

    it('is judged by the first 50 steps', () => {
      const watching = new Watching(HANDLED).show(50, [starving]);
      expect(watching.faults).toMatchObject([{ code: 'starved-branch', domain: 1, step: 50 }]);
      expect(watching.faults[0]?.value).toBeCloseTo(0.019);
      // What is learned by heart later has small gradients by right.
      expect(new Watching(HANDLED).show(50, [HEALTHY]).show(500, [starving]).found).toEqual([]);
    });

    it('is no fault of a phase that leaves the domain out', () => {
      const phases = HANDLED.phases.map((phase) => ({ ...phase, domains: [0] }));
      expect(new Watching({ ...HANDLED, phases }).show(100, [starving]).found).toEqual([]);
    });

    it('does not exist where one branch serves all domains', () => {
      expect(new Watching(watchedRun()).show(100, [starving]).found).toEqual([]);
    });
  });

  describe('batch-too-small', () => {
    it('is found where a tenth of the variance is noise, averaged over 50 steps', () => {
      // Pooled over two domains of equal size: SE² = (0.46² + 0.46²) / 4 = 0.1058.
      const noisy: Seen[] = [{ meanSe: 0.46 }, { meanSe: 0.46 }];
      const watching = new Watching(watchedRun()).show(49, [noisy]);
      expect(watching.found).toEqual([]);
      expect(watching.show(1, [noisy]).found).toEqual(['batch-too-small 0']);
      expect(watching.faults[0]?.value).toBeCloseTo(0.1058);
    });

    it('is judged per domain where each is normalized by itself', () => {
      const noisy: Seen[] = [{}, { meanSe: 0.33 }];
      expect(new Watching(HANDLED).show(50, [noisy]).found).toEqual(['batch-too-small 0 1']);
      expect(new Watching(watchedRun()).show(50, [noisy]).found).toEqual([]);
    });

    it('does not matter to a frozen layer, which uses its running statistics', () => {
      const run = watchedRun({ sites: [networkSite({ frozen: true, trainable: false })] });
      const noisy: Seen[] = [{ meanSe: 0.6 }, { meanSe: 0.6 }];
      expect(new Watching(run).show(100, [noisy]).found).toEqual([]);
    });
  });

  describe('statistics-lag', () => {
    const late = (running: Seen['running']): Seen[] => [
      { running: running! },
      { running: running! },
    ];

    it('is found where running and batch statistics differ by more than a deviation', () => {
      // momentum 0.9: less than 1% of the initial values is left from step 44 on, then a span of 50,
      // of which every fifth is looked at: 45, 50 … 90.
      const watching = new Watching(watchedRun()).show(89, [late({ mean: 1.02, variance: 1 })]);
      expect(watching.found).toEqual([]);
      watching.show(1, [late({ mean: 1.02, variance: 1 })]);
      expect(watching.faults).toMatchObject([{ code: 'statistics-lag', site: 0, threshold: 1 }]);
      // The error of the batch mean, 0.1² / 2 for two domains, is taken off: √(1.02² − 0.005).
      expect(watching.faults[0]?.value).toBeCloseTo(Math.sqrt(1.02 ** 2 - 0.005));
    });

    it('waits for updates, not for steps, until the initial values are forgotten', () => {
      // The same 44 updates and span, after 100 steps that do not update.
      const [joint] = watchedRun().phases;
      const phases = [
        { ...joint!, steps: 100, statisticsUpdated: false },
        { ...joint!, firstStep: 101, steps: 900 },
      ];
      const skewed = [late({ mean: 1.02, variance: 1 })];
      const watching = new Watching(watchedRun({ phases })).show(189, skewed);
      expect(watching.found).toEqual([]);
      expect(watching.show(1, skewed).found).toEqual(['statistics-lag 0']);
    });

    it('looks at deviations too, and lets less be', () => {
      const tenfold = late({ mean: 0, variance: 10 });
      const found = new Watching(watchedRun()).show(90, [tenfold]).found;
      expect(found).toEqual(['statistics-lag 0']);
      const less = late({ mean: 0.9, variance: 3 });
      expect(new Watching(watchedRun()).show(500, [less]).found).toEqual([]);
    });
  });
});
