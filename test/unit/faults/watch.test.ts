import { describe, expect, it } from 'vitest';
import type { FaultState } from '../../../src/faults/faultWatch.ts';
import { faultSeverity } from '../../../src/protocol/faults.ts';
import { networkSite, watchedRun } from './network.ts';
import { Watching, type Seen } from './watching.ts';

const dead: Seen = { variance: [0, 0, 1, 1] };
const noisy: Seen = { variance: [0, 0, 1, 1], meanSe: 0.6 };

describe('a watch', () => {
  it('says of each place once what it found there', () => {
    const run = watchedRun({ sites: [networkSite(), networkSite({ name: 'bn2' })] });
    const watching = new Watching(run).show(500, [
      [dead, dead],
      [dead, dead],
    ]);
    expect(watching.found).toEqual(['dead-channels 0', 'dead-channels 1']);
  });

  it('goes on from its state, as JSON keeps it, without repeating or forgetting anything', () => {
    const run = watchedRun();
    const whole = new Watching(run).show(120, [[noisy, noisy]]);
    for (const broken of [30, 49, 50, 60]) {
      const first = new Watching(run).show(broken, [[noisy, noisy]]);
      const kept = JSON.parse(JSON.stringify(first.watch.state)) as FaultState;
      const second = new Watching(run, kept, broken).show(120 - broken, [[noisy, noisy]]);
      expect([...first.faults, ...second.faults]).toEqual(whole.faults);
    }
    expect(whole.found).toEqual(['dead-channels 0', 'batch-too-small 0']);
  });

  it('does not change a state that it gave away', () => {
    const watching = new Watching(watchedRun()).show(10, [[dead, dead]]);
    const { state } = watching.watch;
    const text = JSON.stringify(state);
    watching.show(10, [[dead, dead]]);
    expect(JSON.stringify(state)).toBe(text);
  });
});

it('takes a fault of a later version for a warning', () => {
  expect(faultSeverity({ code: 'bias-before-norm' })).toBe('information');
  expect(faultSeverity({ code: 'not-yet-known' as 'not-finite' })).toBe('warning');
});
