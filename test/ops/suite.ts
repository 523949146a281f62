/**
 * The child process of `compareBackends.ts`: runs the tests that `@tensorflow/tfjs-core` ships on
 * one backend, those whose names contain the given words, and sends their outcomes to the parent.
 */
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util';
import jasmineCore from 'jasmine-core';
import seedrandom from 'seedrandom';
import { startBackend } from '../../src/engine/startBackend.ts';
import type { Outcome, Outcomes } from './outcomes.ts';

/** Where the published backend's files are. Ours may be changed copies. */
const PUBLISHED = 'node_modules/@tensorflow/tfjs-backend-wasm/dist/';
/** Characters kept of a message, which may list all values of a tensor. */
const LONGEST_REASON = 500;

const [tested, words = ''] = process.argv.slice(2);
const jasmine = jasmineCore.boot(jasmineCore);
void run();

async function run(): Promise<void> {
  if (tested === 'ours') {
    await startBackend('wasm', { wasmDirectory: 'dist/wasm' });
  } else {
    setWasmPaths(PUBLISHED);
    await tf.setBackend('wasm');
  }
  outliveResets();
  setTestEnvs([{ name: 'wasm', backendName: 'wasm', isDataSync: true }]);
  // Groups of tests are made for the environments known when their modules load.
  await import('@tensorflow/tfjs-core/dist/tests');
  const outcomes = await execute();
  process.send?.(outcomes, () => process.exit());
}

/**
 * Makes the engine find the started backend again after each reset, of which every group of tests
 * does one, where it would start a new one, without our kernels' hold on its memory.
 */
function outliveResets(): void {
  const backend = tf.backend();
  backend.dispose = () => undefined;
  tf.removeBackend('wasm');
  tf.registerBackend('wasm', () => backend);
}

function execute(): Promise<Outcomes> {
  const outcomes: Record<string, Outcome> = {};
  const environment = jasmine.getEnv();
  environment.configure({
    random: false,
    specFilter: (spec) => spec.getFullName().includes(words),
  });
  return new Promise((resolve) => {
    environment.addReporter({
      // Some tests draw random numbers: the same ones on every backend, in every run.
      specStarted: ({ fullName }) => {
        seedrandom(fullName, { global: true });
      },
      specDone: ({ fullName, status, failedExpectations }) => {
        if (status === 'excluded') return;
        const reason = failedExpectations
          .map(({ message }) => message.slice(0, LONGEST_REASON))
          .join('\n');
        outcomes[unusedName(fullName, outcomes)] = { status, reason };
      },
      jasmineDone: () => {
        resolve(outcomes);
      },
    });
    environment.execute();
  });
}

function unusedName(name: string, outcomes: Outcomes): string {
  let unused = name;
  for (let i = 2; unused in outcomes; i++) unused = `${name} (${i})`;
  return unused;
}
