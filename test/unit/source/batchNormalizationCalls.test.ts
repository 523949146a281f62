import { describe, expect, it } from 'vitest';
import { batchNormalizationCalls } from '../../../src/source/batchNormalizationCalls.ts';

function textsOf(source: string): string[] {
  const lines = source.split('\n');
  return batchNormalizationCalls(source).map(({ line, column, endLine, endColumn }) => {
    const within = lines.slice(line - 1, endLine);
    const last = within.length - 1;
    within[last] = (within[last] ?? '').slice(0, endColumn - 1);
    within[0] = (within[0] ?? '').slice(column - 1);
    return within.join('\n');
  });
}

describe('batchNormalizationCalls', () => {
  it('finds calls through the namespace, with their literal names and exact ranges', () => {
    const source = [
      "import * as tf from '@tensorflow/tfjs';",
      'const layers = [',
      "  tf.layers.batchNormalization({ name: 'bn1', momentum: 0.9 }),",
      '  tf.layers',
      '    .batchNormalization(),',
      '];',
    ].join('\n');
    expect(batchNormalizationCalls(source)).toEqual([
      { name: 'bn1', line: 3, column: 3, endLine: 3, endColumn: 63 },
      { line: 4, column: 3, endLine: 5, endColumn: 26 },
    ]);
  });

  it.each([
    [
      "import { layers } from '@tensorflow/tfjs';\nlayers.batchNormalization();",
      'layers.batchNormalization()',
    ],
    [
      "import { layers as L } from '@tensorflow/tfjs';\nL.batchNormalization();",
      'L.batchNormalization()',
    ],
    ['const { batchNormalization } = tf.layers;\nbatchNormalization();', 'batchNormalization()'],
    ['const { layers: { batchNormalization: bn } } = tf;\nbn({});', 'bn({})'],
    ['const norm = tf.layers.batchNormalization;\nnorm();', 'norm()'],
    ["import { batchNormalization as bn } from './layers.ts';\nbn();", 'bn()'],
    ["tf.layers['batchNormalization']();", "tf.layers['batchNormalization']()"],
    ['(tf as any).layers.batchNormalization!();', '(tf as any).layers.batchNormalization!()'],
  ])('follows imports, destructuring and aliases: %s', (source, expected) => {
    expect(textsOf(source)).toEqual([expected]);
  });

  it('leaves other calls, comments and strings alone', () => {
    const source = [
      'tf.layers.dense({ units: 3 });',
      '// tf.layers.batchNormalization()',
      "const text = 'tf.layers.batchNormalization()';",
      'batchNormalization();',
    ].join('\n');
    expect(batchNormalizationCalls(source)).toEqual([]);
  });

  it('gives no name where the name is computed', () => {
    const [call] = batchNormalizationCalls('tf.layers.batchNormalization({ name: `bn${i}` });');
    expect(call).not.toHaveProperty('name');
  });

  it('still finds calls in a file that is being typed', () => {
    expect(
      textsOf('const a = tf.layers.batchNormalization({ name: "x" });\nconst b = tf.layers.('),
    ).toEqual(['tf.layers.batchNormalization({ name: "x" })']);
  });
});
