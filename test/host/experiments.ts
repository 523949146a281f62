import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { randomStream } from '../../src/stats/random.ts';
import { workspacePath } from './editor.ts';

const SIDE = 8;

/** Writes a file of the workspace. */
export function write(name: string, content: string | Uint8Array): vscode.Uri {
  const path = workspacePath(name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return vscode.Uri.file(path);
}

/**
 * Writes `<name>-images.idx` and `<name>-labels.idx`: noise of 8 x 8 pixels whose left or right half,
 * by class, is brighter. `inverted` makes a domain that no statistics could take for the other.
 */
export function writeImages(
  name: string,
  options: { readonly images: number; readonly classes?: number; readonly inverted?: boolean },
): void {
  const { images, classes = 2, inverted = false } = options;
  const random = randomStream(1, name);
  const labels = Uint8Array.from({ length: images }, (_, image) => image % classes);
  const pixels = Uint8Array.from({ length: images * SIDE * SIDE }, (_, i) => {
    const right = i % SIDE >= SIDE / 2;
    const lit = right === (labels[Math.floor(i / (SIDE * SIDE))] === 1);
    const ink = Math.floor(64 * random()) + (lit ? 128 : 0);
    return inverted ? 255 - ink : ink;
  });
  write(`${name}-images.idx`, idx([images, SIDE, SIDE], pixels));
  write(`${name}-labels.idx`, idx([images], labels));
}

/** What an experiment declares; the rest is the same in all. */
export interface ExperimentText {
  readonly real?: string;
  readonly layers?: readonly string[];
  readonly train?: string;
}

export const NORMALIZED_LAYERS = [
  'tf.layers.conv2d({ inputShape, filters: 4, kernelSize: 3, useBias: false })',
  "tf.layers.batchNormalization({ name: 'bn1', momentum: 0.9 })",
  'tf.layers.reLU()',
  'tf.layers.flatten()',
  'tf.layers.dense({ units: classes })',
];

/** Writes an experiment on the images `light` and `dark`; one layer a line. */
export function experimentText({
  real = "idx('light-images.idx', 'light-labels.idx')",
  layers = NORMALIZED_LAYERS,
  train = '{ epochs: 6, batchSize: 32, optimizer: adam({ learningRate: 1e-3 }) }',
}: ExperimentText): string {
  return `import * as tf from '@tensorflow/tfjs';
import { adam, defineExperiment, idx, imageFolder, rescale } from 'bn-lens';

export default defineExperiment({
  domains: {
    synthetic: { kind: 'synthetic', data: idx('dark-images.idx', 'dark-labels.idx') },
    real: { kind: 'real', data: ${real}, split: { train: 0.6, validation: 0.2, test: 0.2 } },
  },
  preprocess: [rescale(1 / 255)],
  model: ({ inputShape, classes }) =>
    tf.sequential({
      layers: [
${layers.map((layer) => `        ${layer},`).join('\n')}
      ],
    }),
  train: ${train},
});
`;
}

/** Encodes unsigned bytes as IDX. */
function idx(shape: readonly number[], data: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.writeUInt16BE(0x0800 + shape.length, 2);
  for (const [axis, size] of shape.entries()) header.writeUInt32BE(size, 4 + 4 * axis);
  return Buffer.concat([header, data]);
}
