import type { NetworkSite, WatchedRun } from '../../../src/faults/network.ts';
import { phasesOf } from '../../../src/protocol/phases.ts';

/** Makes a site that no rule has anything to say of, but for what is said of it. */
export function networkSite(changes: Partial<NetworkSite> = {}): NetworkSite {
  return {
    name: 'bn1',
    handling: 'mixed',
    ownParameters: changes.handling === 'handled',
    keepsStatistics: true,
    momentum: 0.9,
    epsilon: 1e-3,
    frozen: false,
    trainable: true,
    rectified: false,
    biasedBefore: [],
    biasedAfter: [],
    dropoutBefore: [],
    frozenBefore: false,
    ...changes,
  };
}

/** Makes a run on synthetic and real images, 32 of each in a step, but for what is said of it. */
export function watchedRun(changes: Partial<WatchedRun> = {}): WatchedRun {
  const images = { train: 320, validation: 80, test: 0 };
  const domains = [
    { name: 'synthetic', kind: 'synthetic', labelled: true, images },
    { name: 'real', kind: 'real', labelled: true, images },
  ] as const;
  return {
    domains,
    sites: [networkSite()],
    segments: [
      { domain: 0, images: 32 },
      { domain: 1, images: 32 },
    ],
    totalSteps: 1_000,
    alignments: [],
    phases: phasesOf({ epochs: 10, stepsPerEpoch: 100, domains: changes.domains ?? domains }),
    ...changes,
  };
}
