import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { draw, handwrittenDigits } from './handwrittenDigits.ts';
import { digitsExperiment, Project, reportOf } from './project.ts';

const project = new Project();

beforeAll(() => {
  const digits = handwrittenDigits();
  const drawn = draw(digits, 400, 1);
  project.writeDigits('a', drawn.slice(0, 200));
  project.writeDigits('b', drawn.slice(200));
  const threes = digits.filter(({ label }) => label === 3);
  project.writeDigits('threes', threes.slice(0, 100));
});
afterAll(() => {
  project.remove();
});

/** A way to break the experiment: `marked` stands on the line that must be named. */
interface Fault {
  readonly fault: string;
  readonly from: string | RegExp;
  readonly to: string;
  readonly marked: string;
  readonly says: string;
}

const FAULTS: readonly Fault[] = [
  {
    fault: 'a syntax error',
    from: "name: 'bn1' })",
    to: "name: 'bn1' )",
    marked: "name: 'bn1'",
    says: 'has a syntax error',
  },
  {
    fault: 'an unknown field',
    from: 'epochs: 1',
    to: 'epoches: 1, epochs: 1',
    marked: 'epoches',
    says: 'train: unknown field "epoches", did you mean "epochs"?',
  },
  {
    fault: 'a missing folder',
    from: "idx('b-images.idx', 'b-labels.idx')",
    to: "imageFolder('renders')",
    marked: "imageFolder('renders')",
    says: 'domains.b.data: folder "renders" does not exist',
  },
  {
    fault: 'a model without BatchNorm',
    from: /tf\.layers\.batchNormalization\([^)]*\),/g,
    to: '',
    marked: 'model:',
    says: 'the model has no BatchNorm layer',
  },
  {
    fault: 'a dilated convolution',
    from: 'filters: 16, kernelSize: 3, strides: 2',
    to: 'filters: 16, kernelSize: 3, dilationRate: 2',
    marked: 'model:',
    says: 'has dilationRate 2 x 2, and TensorFlow.js cannot train dilated convolutions',
  },
  {
    fault: 'images of one class only',
    from: /'[ab]-(images|labels)\.idx'/g,
    to: "'threes-$1.idx'",
    marked: 'domains:',
    says: 'all images are of one class, "3"',
  },
  {
    fault: 'an output that is no class score',
    from: 'units: classes',
    to: "units: classes, activation: 'sigmoid'",
    marked: 'model:',
    says: 'applies sigmoid: no class scores',
  },
  {
    fault: 'a model that throws',
    from: 'filters: 16',
    to: 'filters: -16',
    marked: 'filters: -16',
    says: 'throws',
  },
];

describe('a training that diverges in its last step', () => {
  it('fails with what it saw, and its run can be read', async () => {
    const split = '{ train: 100, validation: 100 }';
    const text = digitsExperiment({ epochs: 1, batchSize: 100, split });
    project.write('diverging.bn.ts', text.replace('learningRate: 1e-3', 'learningRate: 1e38'));

    const sentence =
      'the validation loss of domain "a" became NaN at step 1. Lower the learning rate';
    const { code, stdout } = await project.run('train', 'diverging.bn.ts', '--json');
    expect(code).toBe(1);
    const { run } = reportOf(stdout);
    const report = await project.run('report', run, '--json');
    expect(report.code).toBe(0);
    expect(JSON.parse(report.stdout)).toMatchObject({
      reason: 'failed',
      error: expect.stringContaining(sentence) as string,
      steps: 1,
      metrics: {},
    });
  });
});

describe('a broken experiment', () => {
  it.each(FAULTS)(
    'with $fault ends in one sentence with file and line, and exit code 2',
    async ({ from, to, marked, says }) => {
      const text = digitsExperiment({ epochs: 1 })
        .replace(from, to)
        .replace('idx, rescale', 'idx, imageFolder, rescale');
      const line = text.split('\n').findIndex((content) => content.includes(marked)) + 1;
      project.write('broken.bn.ts', text);

      const { code, stdout, stderr } = await project.run('train', 'broken.bn.ts');
      expect(stderr.trim().split('\n')).toHaveLength(1);
      expect(stderr).toMatch(new RegExp(`^broken\\.bn\\.ts:${line}:\\d+: `));
      expect(stderr).toContain(says);
      expect(stdout).toBe('');
      expect(code).toBe(2);
    },
  );
});
