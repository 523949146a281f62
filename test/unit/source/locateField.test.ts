import { describe, expect, it } from 'vitest';
import { locateField } from '../../../src/source/locateField.ts';

const EXPERIMENT = `import { adamW, defineExperiment, imageFolder } from 'bn-lens';

const flags = { tolerance: 2 };

export default defineExperiment({
  domains: {
    synthetic: { kind: 'synthetic', data: imageFolder('renders') },
    'real world': { kind: 'real', data: imageFolder('photos'), split: { train: 3 } },
  },
  preprocess: [resize(28, 28), rescale(0, 2)],
  model: () => model(),
  train: { optimizer: adamW({ learningRate: -1 }) },
  flags,
});
`;

/** The text of the place that was found. */
function located(source: string, path: string[]): string | null {
  const place = locateField(source, path);
  if (place === null) return null;
  expect(place.endLine).toBe(place.line);
  return (source.split('\n')[place.line - 1] ?? '').slice(place.column - 1, place.endColumn - 1);
}

describe('locateField', () => {
  it('points at the name of the property', () => {
    expect(locateField(EXPERIMENT, ['domains', 'synthetic', 'data'])).toEqual({
      line: 7,
      column: 37,
      endLine: 7,
      endColumn: 41,
    });
    expect(located(EXPERIMENT, ['domains', 'real world', 'split', 'train'])).toBe('train');
    expect(located(EXPERIMENT, ['model'])).toBe('model');
  });

  it('looks into array elements and the first argument of calls', () => {
    expect(located(EXPERIMENT, ['preprocess', '1'])).toBe('rescale(0, 2)');
    expect(located(EXPERIMENT, ['train', 'optimizer', 'learningRate'])).toBe('learningRate');
  });

  it('follows names to literals declared in the same file', () => {
    expect(locateField(EXPERIMENT, ['flags', 'tolerance'])?.line).toBe(3);
  });

  it('falls back to the nearest ancestor that is written out', () => {
    expect(located(EXPERIMENT, ['train', 'batchSize'])).toBe('train');
    expect(located(EXPERIMENT, ['domains', 'real world', 'images', 'width'])).toBe("'real world'");
    expect(locateField(EXPERIMENT, ['classes'])?.line).toBe(5);
  });

  it('finds the experiment behind names, type assertions and CommonJS exports', () => {
    expect(located('const e = { train: 1 };\nexport default e;', ['train'])).toBe('train');
    expect(located('export default ({ train: 1 } satisfies E as F);', ['train'])).toBe('train');
    expect(located('module.exports = defineExperiment({ train: 1 });', ['train'])).toBe('train');
  });

  it('gives null when nothing is exported', () => {
    expect(locateField('defineExperiment({ train: 1 });', ['train'])).toBeNull();
  });

  it('ends on names that refer to each other in a circle', () => {
    expect(located('const a = b;\nconst b = a;\nexport default a;', ['train'])).toBe('a');
  });
});
