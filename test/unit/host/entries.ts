import type { FlagEvent, RunStatus } from '../../../src/protocol/events.ts';
import type { FaultEvent } from '../../../src/protocol/faults.ts';
import type { RunFile } from '../../../src/protocol/run.ts';
import type { RunEntry } from '../../../src/host/runs/runStore.ts';

const RUN: RunFile = {
  schema: 1,
  name: '20261122-141503-digits-shared-s1',
  created: '2026-11-22T14:15:03.000Z',
  root: '../../..',
  experiment: 'digits.bn.ts',
  modules: [{ path: 'digits.bn.ts', sha256: '', text: '' }],
  strategy: 'shared',
  seed: 1,
  epochs: 10,
  stepsPerEpoch: 200,
  batchSize: 64,
  backend: { name: 'wasm', threads: 1 },
  versions: {},
  host: 'here',
  classes: ['0', '1'],
  domains: [
    { name: 'synthetic', kind: 'synthetic', labelled: true, images: images(900, 100, 0) },
    { name: 'real', kind: 'real', labelled: true, images: images(100, 200, 700) },
  ],
  sites: [
    {
      name: 'bn1',
      layer: 'bn1',
      call: 0,
      pooled: false,
      channels: 16,
      handling: 'mixed',
      frames: [{ file: 'digits.bn.ts', line: 3, column: 9 }],
    },
  ],
  pairs: [{ a: 0, b: 1 }],
  controls: [],
  alignments: [],
  flags: { tolerance: 0.1, alpha: 0.05 },
  record: { channelsEvery: 50, mmdEvery: 50 },
  git: null,
};

const STATUS: RunStatus = {
  state: 'running',
  step: 120,
  epoch: 1,
  totalSteps: 2_000,
  attempt: 1,
  lastSign: 0,
  trainer: null,
};

function images(train: number, validation: number, test: number) {
  return { train, validation, test };
}

/** Makes a run's entry: a running one of `digits.bn.ts`, but for what is said of it. */
export function entryWith(
  changes: {
    directory?: string;
    run?: Partial<RunFile>;
    status?: Partial<RunStatus>;
  } & Partial<Pick<RunEntry, 'flags' | 'faults' | 'summary' | 'stepsPerSecond' | 'root'>> = {},
): RunEntry {
  const { directory = '/project/.bn-lens/runs/a', run, status, ...rest } = changes;
  return {
    kind: 'run',
    directory,
    name: RUN.name,
    root: '/project',
    run: { ...RUN, ...run },
    status: { ...STATUS, ...status },
    flags: [],
    faults: [],
    summary: null,
    warnings: [],
    stepsPerSecond: null,
    ...rest,
  };
}

/** Makes the flag of a site: of the first pair, mixed, but for what is said of it. */
export function flagAt(site: number, changes: Partial<FlagEvent> = {}): FlagEvent {
  return {
    type: 'flag',
    step: 40,
    site,
    pair: 0,
    handling: 'mixed',
    logE: 12,
    logThreshold: 3,
    gap: 0.83,
    gapFloor: 0.06,
    ...changes,
  };
}

/** Makes a fault: a warning of the first site, but for what is said of it. */
export function faultWith(changes: Partial<FaultEvent> = {}): FaultEvent {
  return {
    type: 'fault',
    code: 'dead-channels',
    step: 50,
    site: 0,
    message: '4 of the 16 channels of bn1 are dead',
    hint: 'Lower the learning rate.',
    ...changes,
  };
}
