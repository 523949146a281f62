/** Ids that package.json declares and the code uses; a unit test compares the two. */

export const COMMANDS = {
  train: 'bnLens.train',
  pause: 'bnLens.pause',
  continue: 'bnLens.continue',
  stop: 'bnLens.stop',
  resume: 'bnLens.resume',
  openPanel: 'bnLens.openPanel',
  addNote: 'bnLens.addNote',
  revealRun: 'bnLens.revealRun',
  pinRun: 'bnLens.pinRun',
  unpinRun: 'bnLens.unpinRun',
  deleteRun: 'bnLens.deleteRun',
  refreshRuns: 'bnLens.refreshRuns',
  installNative: 'bnLens.installNative',
  showLog: 'bnLens.showLog',
} as const;

export type CommandId = (typeof COMMANDS)[keyof typeof COMMANDS];

export const VIEWS = { runs: 'bnLens.runs' } as const;

/** View types of webview panels; they appear in `activationEvents`. */
export const PANELS = { run: 'bnLens.run' } as const;

/** Settings with their types; the values are package.json's defaults. */
export const SETTINGS = {
  'bnLens.hover.enabled': true as boolean,
  'bnLens.problems.enabled': true as boolean,
  'bnLens.training.backend': 'auto' as 'auto' | 'wasm' | 'native' | 'cpu',
  'bnLens.training.seed': 1 as number,
  'bnLens.training.continueUnwatched': false as boolean,
};

export type Settings = typeof SETTINGS;

/** Context keys that `when` clauses of package.json read. */
export const CONTEXT_KEYS = {
  hasRuns: 'bnLens.hasRuns',
  hasRunning: 'bnLens.hasRunning',
  hasPaused: 'bnLens.hasPaused',
  hasResumable: 'bnLens.hasResumable',
  hasPinned: 'bnLens.hasPinned',
} as const;

/** Which files are experiments, as a glob. */
export const EXPERIMENT_GLOB = '**/*.bn.{ts,mts,js,mjs}';
