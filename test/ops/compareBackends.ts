/**
 * Runs the tests that `@tensorflow/tfjs-core` ships on its wasm backend as published and on ours,
 * each in a process of its own, and compares: `npm run test:ops [-- WORDS OF THE TESTS' NAMES]`.
 * Fails where ours fails a test that the published backend passes, or one that the list of gains
 * names; `--record` writes that list anew. Leaves the counts in test-results/ops.json.
 */
import { fork } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { buildWasm } from '../../wasm.mjs';
import { EXCEPTIONS } from './exceptions.ts';
import type { Outcomes, TestedBackend } from './outcomes.ts';

/** Version 4.22 ships as many tests that run in Node. */
const ALL_TESTS = 4_230;

const { values: options, positionals } = parseArgs({
  options: { record: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const words = positionals.join(' ');
const least = words === '' ? ALL_TESTS : 1;
if (options.record && words !== '') {
  console.error('The list of gains is recorded from all tests: leave the words out.');
  process.exit(2);
}

const root = join(import.meta.dirname, '..', '..');
const gainsFile = join(root, 'test', 'fixtures', 'engine', 'opsGained.txt');
const folder = join(root, 'test-results', 'ops');
mkdirSync(folder, { recursive: true });

await buildWasm();
const suite = await bundleSuite();
const [published, ours] = await Promise.all([outcomes('published'), outcomes('ours')]);

const passed = (all: Outcomes): string[] =>
  Object.keys(all).filter((name) => all[name]?.status === 'passed');
const fails = (name: string): boolean => ours[name]?.status !== 'passed';
const gained = passed(ours).filter((name) => published[name]?.status !== 'passed');
if (options.record) writeFileSync(gainsFile, [...gained.sort(), ''].join('\n'));
const listed = readFileSync(gainsFile, 'utf8')
  .split('\n')
  .filter((name) => name !== '' && name.includes(words));

console.log(
  `Of TensorFlow.js's ${Object.keys(ours).length} own tests the published wasm backend passes ` +
    `${passed(published).length}, ours ${passed(ours).length}.`,
);
print('Only ours passes', gained);
print(
  'Not in the list of gains yet (npm run test:ops -- --record)',
  gained.filter((name) => !listed.includes(name)),
);
const exceptions = Object.keys(EXCEPTIONS).filter((name) => name in ours);
print(
  'Excepted',
  exceptions.map((name) => `${name}\n    ${EXCEPTIONS[name]}`),
);

const faults = [
  ...passed(published)
    .filter((name) => fails(name) && !(name in EXCEPTIONS))
    .map((name) => `passes on the published backend only: ${described(name)}`),
  ...listed.filter(fails).map((name) => `passes no longer: ${described(name)}`),
  ...exceptions
    .filter((name) => !fails(name))
    .map((name) => `passes, and so needs no exception: ${name}`),
  ...[published, ours]
    .map((all) => Object.keys(all).length)
    .filter((count) => count < least)
    .map((count) => `${count} tests ran, of at least ${least}`),
];
print('FAILED', faults);
const counts = { numPassedTests: passed(ours).length, numFailedTests: faults.length };
writeFileSync(join(root, 'test-results', 'ops.json'), JSON.stringify(counts));
process.exit(faults.length === 0 ? 0 : 1);

/** TensorFlow.js ships its tests as ES modules that Node does not load; returns the bundle's path. */
async function bundleSuite(): Promise<string> {
  const outfile = join(folder, 'suite.cjs');
  await build({
    entryPoints: [join(root, 'test', 'ops', 'suite.ts')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    // The tests are of the modules, not of the file made from them that `main` names.
    mainFields: ['module', 'main'],
    // By its package, a module of tests has no side effects.
    ignoreAnnotations: true,
    external: ['jasmine-core', '@tensorflow/tfjs-node'],
    outfile,
  });
  return outfile;
}

/** Runs the suite on one backend; what it prints goes to test-results/ops. */
async function outcomes(backend: TestedBackend): Promise<Outcomes> {
  const logFile = join(folder, `${backend}.log`);
  const log = openSync(logFile, 'w');
  const child = fork(suite, [backend, words], { cwd: root, stdio: ['ignore', log, log, 'ipc'] });
  closeSync(log);
  return new Promise((resolve, reject) => {
    child.once('message', (message) => {
      resolve(message as Outcomes);
    });
    child.once('exit', (code, signal) => {
      const end = signal ?? `code ${code}`;
      const path = relative(root, logFile);
      reject(new Error(`The suite on the ${backend} backend ended with ${end}: see ${path}`));
    });
  });
}

function described(name: string): string {
  return `${name}\n    ${ours[name]?.reason.replaceAll('\n', '\n    ') ?? 'did not run'}`;
}

function print(title: string, lines: readonly string[]): void {
  if (lines.length > 0) console.log(`\n${title} (${lines.length}):\n  ${lines.join('\n  ')}`);
}
