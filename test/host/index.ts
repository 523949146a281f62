import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'node:util';
import Mocha from 'mocha';
import { testedExtension } from './editor.ts';
import { HOST_SUITE_LINE } from './reportLine.ts';

/** Longest that one test may take, ms: it may wait for a training run on a busy machine. */
const TIMEOUT_MS = 60_000;

/**
 * Runs the suite inside an extension host, as `@vscode/test-electron` and the offline runner expect:
 * rejects when a test fails. Leaves the counts in test-results/host.json.
 */
export async function run(): Promise<void> {
  Mocha.reporters.Base.consoleLog = (...values: unknown[]) => {
    for (const line of format(...values).split('\n')) console.log(HOST_SUITE_LINE + line);
  };
  const mocha = new Mocha({ ui: 'bdd', timeout: TIMEOUT_MS, color: false, reporter: 'spec' });
  // The tests are bundled with this file: mocha loads none itself and must offer its globals now.
  mocha.suite.emit(Mocha.Suite.constants.EVENT_FILE_PRE_REQUIRE, globalThis, '', mocha);
  await import('./activation.test.ts');
  await import('./training.test.ts');
  await import('./brokenExperiments.test.ts');
  await import('./nativeInstall.test.ts');

  const stats = await new Promise<Mocha.Stats>((resolve, reject) => {
    const runner = mocha.run(() => {
      if (runner.stats === undefined) reject(new Error('mocha counted nothing'));
      else resolve(runner.stats);
    });
  });
  const folder = join(testedExtension().extensionPath, 'test-results');
  mkdirSync(folder, { recursive: true });
  const counts = { numPassedTests: stats.passes, numFailedTests: stats.failures };
  writeFileSync(join(folder, 'host.json'), JSON.stringify(counts));
  if (stats.failures > 0) throw new Error(`${stats.failures} host tests failed`);
  if (stats.passes === 0) throw new Error('no host test ran');
}
