/** `npm test`: every check and suite in turn; closes with one line that counts the tests. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { installChromium, installVSCode } from './vscode/install.ts';

interface Step {
  readonly title: string;
  readonly script: string;
  readonly words?: readonly string[];
  /** Where a suite counts its tests. */
  readonly results?: string;
}

const root = join(import.meta.dirname, '..');
const results = join(root, 'test-results');

const STEPS: readonly Step[] = [
  { title: 'Formatting, lint, types, import directions', script: 'check' },
  { title: 'Bundles', script: 'build' },
  vitest('Unit tests', 'unit'),
  { title: "TensorFlow.js's own tests", script: 'test:ops', results: 'ops.json' },
  vitest('Command line on real digits', 'system'),
  vitest('Native backend, installed with pip', 'native'),
  { title: 'Extension host in VS Code', script: 'test:host', results: 'host.json' },
  vitest('Browser', 'e2e'),
];

rmSync(results, { recursive: true, force: true });
mkdirSync(results);
installVSCode();
installChromium();

const failed = STEPS.filter((step) => !succeeds(step));
const counts = STEPS.flatMap(({ results: file }) => (file === undefined ? [] : [readCounts(file)]));
const sum = (key: 'passed' | 'failed'): number =>
  counts.reduce((total, count) => total + count[key], 0);
console.log('');
// At the end as well, where it is found below the output of all other suites.
for (const failure of counts.flatMap(({ failures }) => failures)) console.log(failure);
for (const { title } of failed) console.log(`FAILED: ${title}`);
console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
process.exit(failed.length === 0 && sum('failed') === 0 ? 0 : 1);

function vitest(title: string, suite: string): Step {
  const file = `${suite}.json`;
  const words = ['--reporter=default', '--reporter=json', `--outputFile.json=test-results/${file}`];
  return { title, script: `test:${suite}`, words, results: file };
}

function succeeds({ title, script, words = [] }: Step): boolean {
  console.log(`\n── ${title}`);
  const start = performance.now();
  const command = ['run', '--silent', script, '--', ...words];
  const { status } = spawnSync('npm', command, { cwd: root, stdio: 'inherit' });
  const seconds = ((performance.now() - start) / 1_000).toFixed(0);
  console.log(`── ${title}: ${status === 0 ? 'passed' : 'FAILED'} in ${seconds} s`);
  return status === 0;
}

interface Counts {
  readonly passed: number;
  readonly failed: number;
  /** Of suites that say so: each failed test and why. */
  readonly failures: readonly string[];
}

/** What a suite writes; `testResults` as Vitest and Jest have it. */
interface ResultsFile {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults?: readonly {
    readonly name: string;
    /** Why a file as a whole failed. */
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly failureMessages: readonly string[] | null;
    }[];
  }[];
}

/** A suite that left no result did not run: that is a failure, not zero tests. */
function readCounts(file: string): Counts {
  const path = join(results, file);
  if (!existsSync(path)) return { passed: 0, failed: 1, failures: [] };
  const written = JSON.parse(readFileSync(path, 'utf8')) as ResultsFile;
  const failures = (written.testResults ?? []).flatMap(({ name, message, assertionResults }) => [
    ...(message === '' ? [] : [shortened(name, message)]),
    ...assertionResults.flatMap(({ fullName, failureMessages }) =>
      (failureMessages ?? []).map((text) => shortened(fullName, text)),
    ),
  ]);
  return { passed: written.numPassedTests, failed: written.numFailedTests, failures };
}

/** What failed and the first lines of why: a difference of two runs has thousands. */
function shortened(what: string, why: string): string {
  return `${what}\n${why.slice(0, 1_000).split('\n').slice(0, 8).join('\n')}\n`;
}
