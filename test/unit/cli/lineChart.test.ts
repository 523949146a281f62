import { expect, test } from 'vitest';
import { lineChart } from '../../../src/cli/lineChart.ts';

function coordinates(svg: string): number[][] {
  const [, points = ''] = /<polyline points="([^"]*)"/.exec(svg) ?? [];
  const numbers = points.split(' ').map(Number);
  return Array.from({ length: numbers.length / 2 }, (_, i) => numbers.slice(2 * i, 2 * i + 2));
}

test('steps go to the right edge, and values up to the round number above the largest', () => {
  const svg = lineChart('Loss', [
    {
      name: 'a',
      points: [
        [0, 0],
        [50, 2],
        [100, 4],
      ],
    },
  ]);
  expect(coordinates(svg)).toEqual([
    [52, 208],
    [340, 110],
    [628, 12],
  ]);
  expect(lineChart('', [{ name: 'a', points: [[1, 0.31]] }])).toContain('>0.4</text>');
});

test('a point that is no number is left out', () => {
  const points = [
    [0, 0],
    [50, NaN],
    [100, 1],
  ] as const;
  expect(coordinates(lineChart('', [{ name: 'a', points }]))).toHaveLength(2);
});

test('rings and floors are in the line’s colour, and count for the largest value', () => {
  const [points, rings, floor] = [2, 4, 1].map((value) => [[100, value] as const]);
  const svg = lineChart('', [
    { name: 'a', points: [] },
    { name: 'b', points: points!, rings: rings!, floor: floor! },
  ]);
  expect(svg).toContain('<circle cx="628.0" cy="12.0" r="3"');
  expect(svg.match(/points="628[^/]*stroke="[^"]*"/g)).toEqual([
    expect.stringMatching(/^points="628.0 110.0".*"#0072b2"$/),
    expect.stringMatching(/^points="628.0 159.0".*"#0072b2"$/),
    expect.stringMatching(/^points="628.0 12.0".*"#0072b2"$/),
  ]);
});

test('many points become means of at most 200 stretches', () => {
  const points = Array.from({ length: 400 }, (_, i) => [i, i % 2] as const);
  const svg = lineChart('', [{ name: 'a', points }]);
  expect(svg).toContain('>step 399</text>');
  const drawn = coordinates(svg);
  expect(drawn).toHaveLength(200);
  expect(new Set(drawn.map(([, y]) => y)).size).toBe(1);
});

test('names cannot become markup', () => {
  const svg = lineChart('<b>"', [{ name: 'a & <i>', points: [] }]);
  expect(svg).toContain('&lt;b&gt;&quot;');
  expect(svg).toContain('a &amp; &lt;i&gt;');
});
