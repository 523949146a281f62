import { describe, expect, it } from 'vitest';
import { faultsOfNetwork } from '../../../src/faults/faultsOfNetwork.ts';
import type { NetworkSite, WatchedRun } from '../../../src/faults/network.ts';
import { networkSite, watchedRun } from './network.ts';

function faultsOf(site: Partial<NetworkSite>, run: Partial<WatchedRun> = {}) {
  return faultsOfNetwork(watchedRun({ sites: [networkSite(site)], ...run }));
}

describe('before the first step', () => {
  it('nothing is wrong with a healthy net', () => {
    expect(faultsOf({})).toEqual([]);
    expect(faultsOf({ handling: 'handled' })).toEqual([]);
  });

  it('a bias before BatchNorm, and one after it that nothing nonlinear separates, are said', () => {
    const [before] = faultsOf({ biasedBefore: [{ name: 'conv' }] });
    expect(before).toMatchObject({ code: 'bias-before-norm', step: 0, site: 0 });
    expect(before?.message).toContain('conv');
    const [after] = faultsOf({ biasedAfter: [{ name: 'dense' }] });
    expect(after).toMatchObject({ code: 'redundant-beta', site: 0 });
    expect(after?.message).toContain('dense');
  });

  it('dropout before BatchNorm is found, with its rate', () => {
    const [fault] = faultsOf({ dropoutBefore: [{ name: 'drop', rate: 0.3 }] });
    expect(fault).toMatchObject({ code: 'dropout-before-norm', value: 0.3 });
    expect(fault?.message).toContain('30%');
  });

  it('a BatchNorm layer left moving behind frozen weights is found, a frozen one is not', () => {
    expect(faultsOf({ frozenBefore: true })).toMatchObject([{ code: 'frozen-statistics-move' }]);
    expect(faultsOf({ frozenBefore: true, frozen: true })).toEqual([]);
  });

  it('statistics that begin at (0, 1) and do not come away from it in time are found', () => {
    // 0.99^298 = 5.003%, 0.99^299 = 4.95%.
    const fault = faultsOf({ momentum: 0.99 }, { totalSteps: 298 })[0];
    expect(fault).toMatchObject({ code: 'statistics-lag', site: 0, threshold: 0.05 });
    expect(fault?.value).toBeCloseTo(0.050037, 6);
    expect(fault?.hint).toContain('299 steps');
    expect(faultsOf({ momentum: 0.99 }, { totalSteps: 299 })).toEqual([]);
    expect(faultsOf({ momentum: 0.99, frozen: true }, { totalSteps: 100 })).toEqual([]);
  });

  it('steps that do not update statistics bring them no nearer', () => {
    const [joint] = watchedRun().phases;
    const phases = [
      { ...joint!, steps: 100 },
      { ...joint!, firstStep: 101, steps: 900, statisticsUpdated: false },
    ];
    const [fault] = faultsOf({ momentum: 0.99 }, { phases });
    expect(fault).toMatchObject({ code: 'statistics-lag', value: 0.99 ** 100 });
    expect(fault?.message).toMatch(
      /^After the 100 of the run's 1000 steps that update .* 36\.6% of/,
    );
    expect(fault?.hint).toContain('to 0.9 or below, or train 299 such steps or more.');
  });

  it('they are said once for all layers of one momentum, at the first', () => {
    const sites = [0.9, 0.99, 0.99, 0.999, 0.99].map((momentum, site) =>
      networkSite({ name: `bn${site}`, momentum, frozen: site === 4 }),
    );
    const faults = faultsOfNetwork(watchedRun({ sites, totalSteps: 100 }));
    expect(faults.map(({ site }) => site)).toEqual([1, 3]);
    expect(faults[0]?.message).toContain('of bn1, bn2 are');
    expect(faults[1]?.message).toContain('of bn3 are');
  });

  it.each([
    { steps: 100, momentum: '0.9' },
    { steps: 10, momentum: '0.74' },
    { steps: 2, momentum: '0.22' },
  ])('a momentum is advised that suffices for $steps steps', ({ steps, momentum }) => {
    const [fault] = faultsOf({ momentum: 0.999 }, { totalSteps: steps });
    expect(fault?.hint).toContain(`momentum to ${momentum} or`);
    expect(Number(momentum) ** steps).toBeLessThanOrEqual(0.05);
  });

  it('a branch with a ninth of the images is starved, with an eighth it is not', () => {
    const images = (real: number) => ({
      segments: [
        { domain: 0, images: 72 },
        { domain: 1, images: real },
      ],
    });
    expect(faultsOf({ handling: 'handled' }, images(8))).toMatchObject([
      { code: 'starved-branch', domain: 1, value: 9, threshold: 8 },
    ]);
    expect(faultsOf({ handling: 'handled' }, images(9))).toEqual([]);
    expect(faultsOf({ handling: 'mixed' }, images(8))).toEqual([]);
  });

  it('validation labels that choose and may not be trained on make an oracle', () => {
    const { domains, phases } = watchedRun();
    const unlabelled = domains.map((own) => ({ ...own, labelled: own.kind === 'synthetic' }));
    const judgedBy = (...judges: number[]) => phases.map((phase) => ({ ...phase, judges }));
    expect(faultsOf({}, { domains: unlabelled, phases: judgedBy(0) })).toEqual([]);
    const [fault] = faultsOf({}, { domains: unlabelled, phases: judgedBy(0, 1) });
    expect(fault).toMatchObject({ code: 'oracle-selection', step: 0, domain: 1 });
    expect(fault?.hint).toContain('train.selection');
  });
});
