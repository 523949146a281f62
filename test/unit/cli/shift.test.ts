import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { describeShift } from '../../../src/cli/shiftText.ts';
import type { ShiftReport } from '../../../src/shift/compareSets.ts';
import { bnLensIn, type Ran } from './bnLens.ts';

let folder: string;
const shift = (...args: string[]): Promise<Ran> => bnLensIn(folder, 'shift', ...args);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bn-lens-shift-'));
  const rows = (offset: number): string =>
    Array.from({ length: 30 }, (_, row) => `${(row % 7) + offset},${row % 5}`).join('\n');
  writeFileSync(join(folder, 'a.csv'), `size,count\n${rows(0)}`);
  writeFileSync(join(folder, 'b.csv'), rows(3));
  return () => {
    rmSync(folder, { recursive: true });
  };
});

describe('bn-lens shift', () => {
  it('tells a person whether, by how much and in what two sets differ', async () => {
    const { code, out, err } = await shift('a.csv', 'b.csv');
    expect([code, err]).toEqual([0, '']);
    const lines = out.split('\n').map((line) => line.trim().split(/ {2,}/));
    expect(lines.slice(0, 3)).toEqual([
      ['A', 'a.csv', '30 rows'],
      ['B', 'b.csv', '30 rows'],
      ['Features', '2 columns'],
    ]);
    expect(out).toMatch(/The sets differ: MMD² = .*, p = 0\.00100 \(999 permutations of 30 \+ 30/);
    expect(lines.find(([name]) => name === 'gap')).toHaveLength(6);
    expect(lines.find(([name]) => name === '* size')).toHaveLength(9);
    expect(lines.find(([name]) => name === 'count')).toHaveLength(9);
    expect(out).toContain('* 1 of 2 differ');
  });

  it('says so when nothing is known to differ', async () => {
    const { out } = await shift('a.csv', 'a.csv');
    expect(out).toContain('No proof that the sets differ');
    expect(out).toContain('* 0 of 2 differ');
  });

  it('says so when there are no distances, as every feature is constant in a set', async () => {
    writeFileSync(join(folder, 'constant.csv'), '7,8\n'.repeat(30));
    const { out } = await shift('a.csv', 'constant.csv');
    expect(out).toContain(
      '\n\nNo feature has distances between Gaussians: each is constant in a set, or alike in all rows.\n\n',
    );
    expect(out).not.toContain('Jeffreys');
    expect(out).toContain('* 2 of 2 differ');
    const { distances } = JSON.parse((await shift('a.csv', 'constant.csv', '--json')).out) as {
      distances: unknown;
    };
    expect(distances).toBeNull();
  });

  it('ends with one JSON object', async () => {
    const { code, out } = await shift('a.csv', 'b.csv', '--json');
    expect(code).toBe(0);
    const report = JSON.parse(out) as ShiftReport;
    expect(report.features.map(({ name }) => name)).toEqual(['size', 'count']);
    expect(report.features[0]!.b.mean - report.features[0]!.a.mean).toBeCloseTo(3, 5);
    expect(report.mmd.p).toBe(0.001);
    expect(describeShift(report)).toBe((await shift('a.csv', 'b.csv')).out);
  });

  it.each([
    [['a.csv'], "missing required argument 'B'"],
    [['a.csv', 'nowhere'], '"nowhere" does not exist'],
    [['a.csv', 'b.csv', '--resize', '28'], 'It must be a height and a width in pixels'],
    [['a.csv', 'b.csv', '--resize', '0x4'], 'It must be a height and a width in pixels'],
  ])('refuses wrong input on stderr with exit code 2: %s', async (args, message) => {
    const { code, out, err } = await shift(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });
});
