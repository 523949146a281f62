import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { describeShift } from '../../../src/cli/shiftText.ts';
import type { ShiftReport } from '../../../src/shift/compareSets.ts';
import { idxFile } from '../data/support.ts';
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

  it('does not hide behind MMD of images’ means what features show', async () => {
    // The same means; pixels lie 10 and 20 from them.
    const images = (spread: number): Buffer => {
      const mean = (image: number): number => 100 + ((7 * image) % 20);
      const pixels = Array.from({ length: 60 * 4 }, (_, at) => (at % 2 === 0 ? spread : -spread));
      return idxFile(
        [60, 2, 2],
        pixels.map((offset, at) => mean(Math.floor(at / 4)) + offset),
      );
    };
    writeFileSync(join(folder, 'narrow.idx'), images(10));
    writeFileSync(join(folder, 'wide.idx'), images(20));
    const { out } = await shift('narrow.idx', 'wide.idx');
    expect(out).toContain(
      "\nNo difference found by MMD of images' means, but in 1 of 1 features (below): MMD² = ",
    );
    expect(out).toContain('* 1 of 1 differ');
    expect(out).not.toContain('No proof');
  });

  it('says what the estimate in linear time finds, and of how many rows', async () => {
    const report = JSON.parse((await shift('a.csv', 'a.csv', '--json')).out) as ShiftReport;
    const linearMmd = { ...report.mmd, estimator: 'linear', se: 0.1, n: 600, m: 600 } as const;
    const described = (p: number, count: number): string => {
      const a = { ...report.a, count };
      return describeShift({ ...report, a, b: a, linearMmd: { ...linearMmd, p } });
    };
    expect(described(0.001, 601)).toContain(
      '\nNo difference found by MMD of rows, but by MMD in linear time (below): ',
    );
    expect(described(0.5, 601)).toContain('\nNo proof that the sets differ: ');
    expect(described(0.5, 601)).toContain('\nOf all 600 + 600 rows that pair up: ');
    expect(described(0.5, 602)).toContain('\nOf 600 + 600 rows at random: ');
  });

  it('names the size of images, and asks whether channels come first', async () => {
    const array = (shape: readonly number[]): Buffer => {
      const values = shape.reduce((product, length) => product * length);
      return idxFile(
        shape,
        Array.from({ length: values }, (_, at) => (7 * at) % 251),
      );
    };
    const headingOf = async (...shape: number[]): Promise<string> => {
      writeFileSync(join(folder, 'array.idx'), array(shape));
      const { out } = await shift('array.idx', 'array.idx');
      return out.slice(0, out.indexOf('\n\n'));
    };
    expect(await headingOf(20, 3, 5, 8)).toBe(
      `A         array.idx   20 images of 3 x 5 pixels
B         array.idx   20 images of 3 x 5 pixels
Features  8 channels
If the channels come first in "array.idx" and "array.idx", as in PyTorch, they are misread here: transpose to [images, height, width, channels] with array.transpose(0, 2, 3, 1).`,
    );
    expect(await headingOf(20, 5, 8, 3)).toMatch(
      / 20 images of 5 x 8 pixels\nFeatures +3 channels$/,
    );
    expect(await headingOf(20, 3, 8)).toMatch(/ 20 images of 3 x 8 pixels\nFeatures +grey$/);
    expect(await headingOf(20, 6, 8, 5)).toMatch(/Features +5 channels$/);
  });

  it('names the range of values that image files have', async () => {
    const report = JSON.parse((await shift('a.csv', 'b.csv', '--json')).out) as ShiftReport;
    const a = { ...report.a, kind: 'images', size: [6, 8], range: [0, 255] } as const;
    expect(describeShift({ ...report, a, b: a })).toMatch(
      /^A .* 30 images of 6 x 8 pixels, values 0 to 255\n.*\nFeatures +2 channels\n\n/,
    );
  });

  it('writes three digits, and no exponent where they round to a thousand', async () => {
    const report = JSON.parse((await shift('a.csv', 'b.csv', '--json')).out) as ShiftReport;
    const [feature] = report.features;
    const row = (mean: number): string => {
      const features = [{ ...feature!, a: { ...feature!.a, mean } }];
      return describeShift({ ...report, features });
    };
    expect(row(999.7)).toMatch(/\* size +1000 /);
    expect(row(-999.7)).toMatch(/\* size +-1000 /);
    expect(row(999.4)).toMatch(/\* size +999 /);
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
    [['a.csv', 'b.csv', '--resize', '99999x99999'], 'whole numbers of pixels from 1 to 8192'],
  ])('refuses wrong input on stderr with exit code 2: %s', async (args, message) => {
    const { code, out, err } = await shift(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });
});
