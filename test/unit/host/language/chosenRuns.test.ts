import { describe, expect, test } from 'vitest';
import { chosenRuns } from '../../../../src/host/language/chosenRuns.ts';
import { entryWith } from '../entries.ts';

const FILE = '/project/digits.bn.ts';
const newest = entryWith({ directory: '/runs/3' });
const middle = entryWith({ directory: '/runs/2', status: { state: 'finished' } });
const oldest = entryWith({ directory: '/runs/1', status: { state: 'stopped' } });

describe('chosenRuns', () => {
  test('takes the newest run of a file', () => {
    expect(chosenRuns([newest, middle, oldest], () => false).get(FILE)).toBe(newest);
  });

  test('prefers a pinned run', () => {
    const chosen = chosenRuns([newest, middle, oldest], (entry) => entry === oldest);
    expect(chosen.get(FILE)).toBe(oldest);
  });

  test('passes over a run that ended before its first step', () => {
    const failed = entryWith({ directory: '/runs/4', status: { state: 'failed', step: 0 } });
    expect(chosenRuns([failed, middle], () => false).get(FILE)).toBe(middle);
  });

  test('takes a run that is about to begin', () => {
    const starting = entryWith({ directory: '/runs/4', status: { state: 'starting', step: 0 } });
    expect(chosenRuns([starting, middle], () => false).get(FILE)).toBe(starting);
  });

  test('chooses for each module by itself', () => {
    const modules = [
      { path: 'other.bn.ts', sha256: '', text: '' },
      { path: 'lib/model.ts', sha256: '', text: '' },
    ];
    const other = entryWith({ directory: '/runs/5', run: { modules } });
    const chosen = chosenRuns([other, newest], () => false);
    expect([...chosen.keys()].sort()).toEqual([
      FILE,
      '/project/lib/model.ts',
      '/project/other.bn.ts',
    ]);
    expect(chosen.get(FILE)).toBe(newest);
    expect(chosen.get('/project/lib/model.ts')).toBe(other);
  });
});
