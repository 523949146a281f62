import type { QuickPickItem, QuickPickOptions } from 'vscode';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { pickStrategy } from '../../../../src/host/process/pickStrategy.ts';
import { STARTING_POINTS, STRATEGY_AXES } from '../../../../src/protocol/strategies.ts';

const { window } = vi.hoisted(() => ({
  window: {
    showQuickPick:
      vi.fn<
        (
          items: readonly QuickPickItem[],
          options: QuickPickOptions,
        ) => Promise<QuickPickItem | QuickPickItem[] | undefined>
      >(),
  },
}));
vi.mock('vscode', async () => ({ ...(await import('../vscode.ts')), window }));

/** Answers each question in turn with the entries of these labels; undefined is Escape. */
function answer(...answers: readonly (string | readonly string[] | undefined)[]): void {
  for (const labels of answers) {
    window.showQuickPick.mockImplementationOnce((items) => {
      const of = (label: string) => items.filter((item) => item.label === label);
      const picked = typeof labels === 'string' ? of(labels)[0] : labels?.flatMap(of);
      return Promise.resolve(picked);
    });
  }
}

/** What the n-th question offered. */
function offered(question: number): string[] {
  return window.showQuickPick.mock.calls[question]?.[0].map(({ label }) => label) ?? [];
}

const STARTING_NAMES = STARTING_POINTS.map(({ name }) => name);

beforeEach(() => {
  window.showQuickPick.mockReset();
});

describe('pickStrategy', () => {
  test('offers the starting points, the last pick first, and composing', async () => {
    answer('shared');
    expect(await pickStrategy('separate')).toBe('shared');
    const others = STARTING_NAMES.filter((name) => name !== 'separate');
    expect(offered(0)).toEqual(['separate', ...others, 'Compose…']);
  });

  test('offers what was composed before', async () => {
    answer('shared+coral');
    expect(await pickStrategy('shared+coral')).toBe('shared+coral');
    expect(offered(0)).toEqual(['shared+coral', ...STARTING_NAMES, 'Compose…']);
  });

  test('composes axis by axis, with any number of alignments', async () => {
    answer('Compose…', 'separate', ['coral', 'mmd'], 'Joint', 'None');
    expect(await pickStrategy(undefined)).toBe('separate+mmd+coral');
    expect(offered(1)).toEqual(STRATEGY_AXES.normalization.map(({ name }) => name));
    expect(offered(2)).toEqual(STRATEGY_AXES.alignment.map(({ name }) => name));
    expect(window.showQuickPick.mock.calls[2]?.[1]).toMatchObject({ canPickMany: true });
  });

  test('takes the defaults where nothing is named', async () => {
    answer('Compose…', 'shared', [], 'Joint', 'None');
    expect(await pickStrategy(undefined)).toBe('shared');
  });

  test('is given up at any question', async () => {
    answer('Compose…', 'shared', undefined);
    expect(await pickStrategy(undefined)).toBeUndefined();
    expect(window.showQuickPick).toHaveBeenCalledTimes(3);
  });
});
