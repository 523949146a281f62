import { describe, expect, it } from 'vitest';
import { pairDivergence } from '../../../src/stats/divergence.ts';
import { eBenjaminiHochberg } from '../../../src/stats/eBenjaminiHochberg.ts';
import { FlagRule, type FlagRuleSnapshot, type Verdict } from '../../../src/stats/flagRule.ts';
import { domainMoments } from '../../../src/stats/moments.ts';
import { randomStream } from '../../../src/stats/random.ts';
import { median } from '../../../src/stats/median.ts';
import { drawBatch, normalStream, type Population } from './batches.ts';

/** Of 64 channels and 32 new images of each domain a step, one of 100 tests. */
const options = {
  channels: 64,
  tolerance: 0.1,
  distinctImages: [Infinity, Infinity],
  level: 5e-4,
  alpha: 0.05,
} as const;

const first =
  (channels: number, mean: number) =>
  (channel: number): number =>
    channel < channels ? mean : 0;

/** Watches N(0, 1) against what `shifted` says of a step; returns the verdict of each. */
function watch(
  rule: FlagRule,
  seed: number,
  steps: number,
  shifted: (step: number) => Population,
): Verdict[] {
  const normal = normalStream(randomStream(seed, 'flag rule'));
  return Array.from({ length: steps }, (_, index) => {
    const a = domainMoments(drawBatch(normal, 32, 64));
    const b = domainMoments(drawBatch(normal, 32, 64, shifted(index + 1)));
    return rule.update(index + 1, pairDivergence(a, b), [32, 32]);
  });
}

const stepOf = (verdicts: readonly Verdict[], what: 'raised' | 'cleared', from = 0): number =>
  verdicts.findIndex((verdict, index) => index >= from && verdict[what] !== undefined) + 1;

describe('FlagRule', () => {
  it('finds one channel of 64 and names it by its own evidence', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const verdicts = watch(new FlagRule(options), seed, 120, () => ({ mean: first(1, 0.5) }));
      const raised = verdicts.flatMap(({ raised }) => raised ?? []);
      expect(raised.map(({ channels }) => channels)).toEqual([[0]]);
    }
  });

  it('names the channels that differ, up to the share α', () => {
    const rule = new FlagRule(options);
    watch(rule, 1, 60, () => ({ mean: first(16, 0.5) }));
    const named = eBenjaminiHochberg(rule.channelLogE(), 0.05);
    expect([...named].sort((a, b) => a - b)).toEqual([...Array(16).keys()]);
  });

  it('says about where a difference began', () => {
    const onsets = [1, 2, 3, 4, 5].map((seed) => {
      const verdicts = watch(new FlagRule(options), seed, 400, (step) =>
        step > 300 ? { mean: first(16, 0.5) } : {},
      );
      expect(stepOf(verdicts, 'raised')).toBeGreaterThan(300);
      return verdicts.flatMap(({ raised }) => raised ?? [])[0]?.onset ?? NaN;
    });
    expect(Math.abs(median(onsets) - 301)).toBeLessThanOrEqual(10);
  });

  it('has a difference that was there from the start begin at step 1', () => {
    const verdicts = watch(new FlagRule(options), 1, 40, () => ({ mean: first(64, 0.5) }));
    expect(verdicts.flatMap(({ raised }) => raised ?? [])[0]?.onset).toBe(1);
  });

  it.each([3, 4])('takes no difference of the tolerance for gone in batches of %d', (images) => {
    const normal = normalStream(randomStream(images, 'few images'));
    const rule = new FlagRule({ ...options, tolerance: 0.3 });
    const verdicts = Array.from({ length: 1500 }, (_, step) => {
      const gap = step < 200 ? 1.5 : 0.3;
      const a = domainMoments(drawBatch(normal, images, 64));
      const b = domainMoments(drawBatch(normal, images, 64, { mean: () => gap }));
      return rule.update(step + 1, pairDivergence(a, b), [images, images]);
    });
    expect(stepOf(verdicts, 'raised')).toBeGreaterThan(0);
    expect(stepOf(verdicts, 'cleared')).toBe(0);
  });

  it('clears a flag when the difference is gone, and raises it when it comes back', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const verdicts = watch(new FlagRule(options), seed, 800, (step) =>
        step <= 200 || step > 700 ? { mean: first(16, 0.5) } : {},
      );
      const raised = stepOf(verdicts, 'raised');
      const cleared = stepOf(verdicts, 'cleared');
      const again = stepOf(verdicts, 'raised', raised);
      expect(raised).toBeLessThanOrEqual(40);
      expect(cleared).toBeGreaterThan(200);
      expect(cleared).toBeLessThanOrEqual(600);
      expect(verdicts[cleared - 1]?.cleared?.raisedAt).toBe(raised);
      expect(again).toBeGreaterThan(700);
      expect(again).toBeLessThanOrEqual(760);
      expect(verdicts.filter(({ cleared, raised }) => cleared ?? raised)).toHaveLength(3);
    }
  });

  it('never clears a difference just beyond the tolerance', () => {
    // All of the channels by 0.13: the layer differs by more than is tolerated, if not by much.
    const verdicts = watch(new FlagRule(options), 1, 1500, () => ({ mean: first(64, 0.13) }));
    expect(stepOf(verdicts, 'raised')).toBeGreaterThan(0);
    expect(stepOf(verdicts, 'cleared')).toBe(0);
  });

  it('never clears a difference that turns from channel to channel and changes its sign', () => {
    const turning = (step: number): Population => ({
      mean: (channel) => 0.5 * Math.sin(step / 30 + channel),
    });
    const verdicts = watch(new FlagRule(options), 1, 600, turning);
    expect(stepOf(verdicts, 'raised')).toBeGreaterThan(0);
    expect(stepOf(verdicts, 'cleared')).toBe(0);
  });

  it('never clears without a tolerance, as equality cannot be shown', () => {
    const rule = new FlagRule({ ...options, tolerance: 0 });
    const verdicts = watch(rule, 1, 1000, (step) => (step <= 50 ? { mean: first(16, 0.5) } : {}));
    expect(stepOf(verdicts, 'raised')).toBeGreaterThan(0);
    expect(stepOf(verdicts, 'cleared')).toBe(0);
  });

  it('goes on from a snapshot bit for bit, flagged or not', () => {
    const population = (step: number): Population => (step <= 60 ? { mean: first(16, 0.5) } : {});
    const whole = watch(new FlagRule(options), 1, 200, population);
    for (const pause of [5, 50]) {
      const normal = normalStream(randomStream(1, 'flag rule'));
      let rule = new FlagRule(options);
      const resumed = Array.from({ length: 200 }, (_, index) => {
        if (index === pause) {
          const snapshot = JSON.parse(JSON.stringify(rule.snapshot())) as FlagRuleSnapshot;
          rule = FlagRule.restore(options, snapshot);
        }
        const a = domainMoments(drawBatch(normal, 32, 64));
        const b = domainMoments(drawBatch(normal, 32, 64, population(index + 1)));
        return rule.update(index + 1, pairDivergence(a, b), [32, 32]);
      });
      expect(resumed).toEqual(whole);
    }
  });
});

describe('eBenjaminiHochberg', () => {
  it('rejects the most hypotheses whose k-th largest e-value is at least m / (kα)', () => {
    // m / (kα) at α = ½: 10, 5, 3⅓, 2½, 2.
    const logE = [0.5, 6, 4, 1, 9].map(Math.log);
    expect(eBenjaminiHochberg(logE, 0.5)).toEqual([4, 1, 2]);
    expect(eBenjaminiHochberg(logE, 0.1)).toEqual([]);
    expect(eBenjaminiHochberg([], 0.05)).toEqual([]);
  });
});
