import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** The unit tests of the statistics, among them the comparisons with NumPy, SciPy and closed forms. */
export interface References {
  readonly passed: number;
  readonly failed: number;
}

/** Runs them, and says how many there were. */
export function testReferences(root: string): References {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const words = [vitest, 'run', 'test/unit/stats', '--reporter=json'];
  const { stdout } = spawnSync(process.execPath, words, { cwd: root, encoding: 'utf8' });
  const report = stdout.slice(stdout.indexOf('{'));
  const { numPassedTests: passed, numFailedTests: failed } = JSON.parse(report) as Record<
    'numPassedTests' | 'numFailedTests',
    number
  >;
  return { passed, failed };
}
