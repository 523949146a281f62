// Bundles the product into dist/: `node esbuild.mjs [NAME…] [--production] [--watch]`.
// Without names, all of the product.
import { parseArgs } from 'node:util';
import { build, context } from 'esbuild';
import { collectNativeSources } from './native.mjs';
import { buildWasm } from './wasm.mjs';

const { values: options, positionals: names } = parseArgs({
  options: { production: { type: 'boolean' }, watch: { type: 'boolean' } },
  allowPositionals: true,
});

const shared = {
  bundle: true,
  target: 'es2022',
  minify: options.production ?? false,
  sourcemap: options.production ? false : 'linked',
  logLevel: 'info',
};

const forNode = {
  ...shared,
  outdir: 'dist',
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  // The editor provides it.
  external: ['vscode'],
};

const node = (name, entry, more = {}) => ({ ...forNode, ...more, entryPoints: { [name]: entry } });

// Codecs look for their files here only when they are not handed their wasm module.
const withCodecs = { logOverride: { 'empty-import-meta': 'silent' } };

// What finds installed packages asks where it is.
const findingPackages = {
  banner: { js: "const bundleUrl = require('url').pathToFileURL(__filename).href;" },
  define: { 'import.meta.url': 'bundleUrl' },
};

const bundles = {
  extension: node('extension', 'src/extension.ts'),
  cli: node('cli', 'src/cli.ts', { banner: { js: '#!/usr/bin/env node' }, ...withCodecs }),
  trainer: node('trainer', 'src/trainer.ts'),
  recorder: node('recorder', 'src/recording/thread.ts'),
  mmdThread: node('mmdThread', 'src/recording/mmdThread.ts'),
  imageThread: node('imageThread', 'src/data/imageThread.ts', withCodecs),
  nativeProbe: node('nativeProbe', 'src/native/probe.ts'),
  sourceWorker: node('sourceWorker', 'src/source/worker.ts'),
  panel: {
    ...shared,
    entryPoints: { panel: 'webview/main.ts' },
    outdir: 'dist',
    platform: 'browser',
    format: 'iife',
  },
  // What `npm run bench` runs; no part of the product.
  bench: {
    ...forNode,
    entryPoints: ['bench/main.ts', 'bench/*Process.ts'],
    outdir: 'dist/bench',
    logLevel: 'warning',
  },
  // What `npm run verify:stats` runs.
  statistics: {
    ...forNode,
    ...findingPackages,
    entryPoints: ['test/statistics/main.ts', 'test/statistics/worker.ts'],
    outdir: 'dist/statistics',
    logLevel: 'warning',
  },
  // What `npm run study` runs.
  study: {
    ...forNode,
    ...findingPackages,
    entryPoints: ['test/study/main.ts'],
    outdir: 'dist/study',
    logLevel: 'warning',
  },
};
const beside = ['bench', 'statistics', 'study'];
const product = Object.keys(bundles).filter((name) => !beside.includes(name));

const unknown = names.filter((name) => !(name in bundles));
if (unknown.length > 0) {
  console.error(`No bundle "${unknown[0]}"; there are ${Object.keys(bundles).join(', ')}.`);
  process.exit(2);
}
const chosen = names.length > 0 ? names : product;

process.chdir(import.meta.dirname);
await buildWasm();
collectNativeSources();
if (options.watch) {
  const contexts = await Promise.all(chosen.map((name) => context(bundles[name])));
  await Promise.all(contexts.map((each) => each.watch()));
} else {
  try {
    await Promise.all(chosen.map((name) => build(bundles[name])));
  } catch {
    // esbuild has said what is wrong.
    process.exitCode = 1;
  }
}
