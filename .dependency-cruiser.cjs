/** Arrows point one way: see the house in README.md. */
const only = (room, ...allowed) => ({
  name: `${room}-imports-only-what-stands-below-it`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: {
    path: '^src/',
    pathNot: [room, ...allowed].map((name) => `^src/${name}(/|\\.ts$)`),
  },
});

const never = (name, from, to) => ({ name, severity: 'error', from, to });

module.exports = {
  forbidden: [
    never('no-circular', {}, { circular: true }),
    only('protocol'),
    only('stats'),
    only('faults', 'protocol', 'stats'),
    only('data', 'protocol', 'stats'),
    only('nn', 'protocol', 'stats'),
    only('native', 'protocol'),
    only('engine', 'protocol', 'stats', 'nn', 'native'),
    only('validation', 'protocol'),
    only('strategies', 'protocol', 'stats', 'data', 'nn', 'engine', 'validation'),
    only('experiment', 'protocol', 'stats', 'data', 'nn', 'strategies', 'validation', 'api'),
    only('runs', 'protocol', 'stats'),
    only('shift', 'protocol', 'stats', 'data'),
    only('recording', 'protocol', 'stats', 'faults', 'runs'),
    only('advice', 'protocol', 'stats', 'runs'),
    only('process', 'protocol', 'runs'),
    only('source', 'protocol'),
    only(
      'training',
      'protocol',
      'stats',
      'faults',
      'data',
      'nn',
      'engine',
      'validation',
      'strategies',
      'experiment',
      'runs',
      'recording',
    ),
    only('analysis', 'protocol', 'stats', 'data', 'nn', 'engine', 'strategies', 'runs', 'training'),
    only(
      'host',
      'protocol',
      'stats',
      'runs',
      'advice',
      'process',
      'native',
      'source',
      'contributions',
    ),
    never(
      'only-the-extension-imports-vscode',
      { path: '^(src|webview)/', pathNot: ['^src/host/', '^src/extension\\.ts$'] },
      { path: '^vscode$' },
    ),
    never(
      'editor-and-page-never-load-tensorflow',
      { path: '^(src/host/|src/extension\\.ts|webview/)' },
      { path: '@tensorflow/', reachable: true },
    ),
    never(
      'the-page-imports-only-the-protocol',
      { path: '^webview/' },
      { path: '^src/', pathNot: '^src/protocol/' },
    ),
    never(
      'the-toolkit-is-imported-in-one-file',
      { path: '^(src|webview)/', pathNot: '^webview/toolkit\\.ts$' },
      { path: 'webview-ui-toolkit' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
