import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as api from '../../../src/api.ts';
import { loadExperiment, type LoadedExperiment } from '../../../src/experiment/load.ts';
import { locateInUserCode } from '../../../src/experiment/userCode.ts';
import { parseFrames } from '../../../src/nn/constructionFrames.ts';
import { UserError, type SourcePosition } from '../../../src/protocol/userError.ts';

/** Stands for TensorFlow.js: its layers tell where they were constructed. */
const tensorflow = {
  layers: {
    batchNormalization: () => parseFrames(new Error().stack ?? ''),
  },
};

/** Writes a project without node_modules of its own, as a workspace may be; returns its folder. */
function project(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'bn-lens-experiment-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const load = (root: string, file = 'digits.bn.ts'): Promise<LoadedExperiment> =>
  loadExperiment(join(root, file), { root, tensorflow, api });

async function fault(files: Readonly<Record<string, string>>, file?: string): Promise<UserError> {
  try {
    await load(project(files), file);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('it was loaded');
}

/** An experiment whose model is `model`, an expression. */
const experiment = (model: string, imports = '') => `import * as tf from '@tensorflow/tfjs';
import { adamW, defineExperiment, imageFolder } from 'bn-lens';
${imports}
export default defineExperiment({
  domains: { real: { kind: 'real', data: imageFolder('x') } },
  model: ${model},
  train: { epochs: 1, batchSize: 8, optimizer: adamW() },
});
`;

/** Builds what stands for the model. */
const build = (loaded: LoadedExperiment): unknown =>
  loaded.experiment.model({ inputShape: [1, 1, 1], classes: 2 });

/** Line and column, from 1, of the first occurrence of a text. */
function positionOf(text: string, part: string): { line: number; column: number } {
  const before = text.slice(0, text.indexOf(part)).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

describe('loading an experiment', () => {
  it.each(['digits.bn.ts', 'digits.bn.mts', 'digits.bn.js', 'digits.bn.mjs'])(
    '%s',
    async (file) => {
      const text = experiment('() => tf');
      const root = project({ [`nets/${file}`]: text });
      const loaded = await load(root, `nets/${file}`);
      expect(loaded.experiment.train).toMatchObject({ epochs: 1, batchSize: 8 });
      expect(build(loaded)).toHaveProperty('layers', tensorflow.layers);
      expect(loaded.baseDirectory).toBe(join(root, 'nets'));
      const sha256 = createHash('sha256').update(text).digest('hex');
      expect(loaded.modules).toEqual([{ path: `nets/${file}`, sha256, text }]);
    },
  );

  it('takes CommonJS and top-level await', async () => {
    const commonJs = experiment('() => tf')
      .replace(/import \* as (.*) from (.*);/, 'const $1 = require($2);')
      .replace(/import (\{.*\}) from (.*);/, 'const $1 = require($2);')
      .replace('export default', 'module.exports =');
    await expect(
      load(project({ 'digits.bn.js': commonJs }), 'digits.bn.js'),
    ).resolves.toBeDefined();
    const awaiting = experiment('() => tf', 'await Promise.resolve();');
    await expect(load(project({ 'digits.bn.ts': awaiting }))).resolves.toBeDefined();
  });

  it('records the modules it imports, directly or not, but no packages', async () => {
    const root = project({
      'package.json': '{ "type": "module" }',
      'digits.bn.ts': experiment(
        '() => a + b',
        "import { a } from './lib/a';\nimport { b } from 'b';",
      ),
      'lib/a.ts':
        "import c from './c.mjs';\nimport d from './d.json';\nexport const a: number = c + d.d;",
      'lib/c.mjs': "import e from './e.js';\nexport default e;",
      'lib/e.js': 'export default 1;',
      'lib/d.json': '{ "d": 10 }',
      'node_modules/b/package.json':
        '{ "name": "b", "type": "module", "exports": { "import": "./b.js" } }',
      'node_modules/b/b.js': 'export const b = 100;',
    });
    const loaded = await load(root);
    expect(build(loaded)).toBe(111);
    expect(loaded.modules.map(({ path }) => path).sort()).toEqual([
      'digits.bn.ts',
      'lib/a.ts',
      'lib/c.mjs',
      'lib/d.json',
      'lib/e.js',
    ]);
    expect(loaded.modules[0]?.path).toBe('digits.bn.ts');
  });

  it('reads the file afresh, whatever an earlier load of the process saw', async () => {
    const root = project({ 'digits.bn.ts': experiment('() => 1') });
    expect(build(await load(root))).toBe(1);
    writeFileSync(join(root, 'digits.bn.ts'), experiment('() => 2'));
    expect(build(await load(root))).toBe(2);
  });
});

describe('the instances of TensorFlow.js and bn-lens', () => {
  const use = "require('@tensorflow/tfjs-core').layers === require('@tensorflow/tfjs').layers";
  it.each<[name: string, files: Record<string, string>]>([
    [
      'a CommonJS package',
      {
        'package.json': '{ "name": "nets", "main": "main.js" }',
        'main.js': `exports.same = ${use};
          exports.layers = require('@tensorflow/tfjs').layers;
          exports.adamW = require('bn-lens').adamW;`,
      },
    ],
    [
      'an ES module package',
      {
        'package.json':
          '{ "name": "nets", "type": "module", "exports": { "import": "./main.js" } }',
        'main.js': `import * as tf from '@tensorflow/tfjs';
          import * as core from '@tensorflow/tfjs-core';
          export { adamW } from 'bn-lens';
          export const layers = tf.layers;
          export const same = core.layers === tf.layers;`,
      },
    ],
    [
      'a package that needs another one',
      {
        'package.json': '{ "name": "nets", "exports": "./main.mjs" }',
        'main.mjs': `import inner from 'inner';
          export const { same, layers, adamW } = inner;`,
        '../inner/package.json': '{ "name": "inner" }',
        '../inner/index.js': `module.exports = {
          same: ${use}, layers: require('@tensorflow/tfjs-node').layers, adamW: require('bn-lens').adamW,
        };`,
      },
    ],
  ])("are the trainer's in %s", async (_, files) => {
    const installed = Object.entries(files).map(([path, text]) => [
      `node_modules/nets/${path}`,
      text,
    ]);
    const own = `throw new Error('this instance is not the trainer\\'s');`;
    const root = project({
      'digits.bn.ts': experiment(
        '() => [same, layers, adam]',
        "import { same, layers, adamW as adam } from 'nets';",
      ),
      'node_modules/@tensorflow/tfjs/index.js': own,
      'node_modules/@tensorflow/tfjs-core/index.js': own,
      'node_modules/@tensorflow/tfjs-node/index.js': own,
      'node_modules/bn-lens/index.js': own,
      ...(Object.fromEntries(installed) as Record<string, string>),
    });
    expect(build(await load(root))).toEqual([true, tensorflow.layers, api.adamW]);
  });

  it("are the trainer's in a module that is imported dynamically", async () => {
    const root = project({
      'digits.bn.mjs': experiment("async () => (await import('./late.mjs')).layers"),
      'late.mjs': "import * as tf from '@tensorflow/tfjs';\nexport const layers = tf.layers;",
    });
    expect(await build(await load(root, 'digits.bn.mjs'))).toBe(tensorflow.layers);
  });
});

describe('positions in user code', () => {
  const typed = `interface Shape {
  readonly height: number;
  readonly width: number;
}
type Build<T extends Shape> = (
  shape: T,
) => unknown;
`;

  it('keep line and column below and beside types, in every module', async () => {
    const helper = `import * as tf from '@tensorflow/tfjs';
${typed}
export const block: Build<Shape> = <T extends Shape>(shape: T): unknown => { const s: T = shape as T; return tf.layers.batchNormalization({ axis: s.height as number }); };
`;
    const text = experiment(
      `({ inputShape }: { inputShape: number[] }) =>
      [1, 2].map((k: number) => block({ height: k as number, width: inputShape.length as number }))`,
      `import {
  block,
} from './helper';
${typed}`,
    );
    const root = project({ 'digits.bn.ts': text, 'helper.ts': helper });
    const [frames] = build(await load(root)) as SourcePosition[][];
    const inside = frames?.filter(({ file }) => file.startsWith(root)) ?? [];
    expect(inside[0]).toEqual({
      file: join(root, 'helper.ts'),
      ...positionOf(helper, 'batchNormalization('),
    });
    expect(inside[1]).toEqual({ file: join(root, 'digits.bn.ts'), ...positionOf(text, 'block({') });
  });

  it('are exact on the first line too', async () => {
    const error = await fault({ 'digits.bn.ts': 'const a: number = 1;    (null as any).f(a);' });
    expect(error.details.location).toMatchObject({ line: 1, column: 39 });
  });

  it('are those of the innermost user frame when the model throws', async () => {
    const text = experiment(`(): any => fail()`, `import { fail } from 'pkg';\n`);
    const root = project({
      'digits.bn.ts': text,
      'node_modules/pkg/index.js': "exports.fail = () => { throw new TypeError('bad shape'); };",
    });
    const loaded = await load(root);
    expect(() => build(loaded)).toThrow('bad shape');
    try {
      build(loaded);
    } catch (error) {
      const located = locateInUserCode(error, loaded) as UserError;
      expect(located.message).toBe('digits.bn.ts throws TypeError: bad shape');
      expect(located.details.location).toEqual({
        file: join(root, 'digits.bn.ts'),
        ...positionOf(text, 'fail()'),
      });
    }
  });

  it('are not claimed for errors in which no user code took part', () => {
    const bug = new Error('ours');
    expect(locateInUserCode(bug, { isUserFile: () => false })).toBe(bug);
  });

  it('never lie in the trainer, even if the project contains it', async () => {
    const text = "import { resize } from 'bn-lens';\nresize(0, 1);";
    const file = join(project({ 'digits.bn.ts': text }), 'digits.bn.ts');
    await expect(loadExperiment(file, { root: '/', tensorflow, api })).rejects.toMatchObject({
      details: { location: { file, line: 2, column: 1 } },
    });
  });
});

describe('what is wrong with an experiment file', () => {
  it.each<
    [message: string, text: string, line: number, column: number, more?: Record<string, string>]
  >([
    ['digits.bn.ts has a syntax error: Unexpected token', 'const a = 1;\nconst b = ;\n', 2, 11],
    [
      'helper.ts has a syntax error: Unexpected token',
      "import './helper';",
      3,
      21,
      { 'helper.ts': '\n\n  export const b = {;' },
    ],
    [
      "digits.bn.ts throws Error: Cannot find module './nowhere'",
      "const a: number = 1;\nimport { b } from './nowhere';\nexport default a + b;",
      2,
      1,
    ],
    ['digits.bn.ts throws ReferenceError: x is not defined', 'const a = 1;\n  x.f(a);', 2, 3],
    [
      "helper.ts throws TypeError: Cannot read properties of null (reading 'f')",
      "import { h } from './helper';\nh();",
      3,
      41,
      {
        'helper.ts': 'type A =\n  | number;\nexport const h = (): A => (null as any).f();',
      },
    ],
    [
      'resize(0, 1): height and width are whole numbers of pixels from 1 to 8192',
      "import { resize } from 'bn-lens';\n\nresize(0, 1);",
      3,
      1,
    ],
    ['the default export of digits.bn.ts is missing', 'export const a = 1;', 1, 1],
    [
      'the default export of digits.bn.ts is not made by defineExperiment',
      'export default { domains: {} };',
      1,
      1,
    ],
  ])('%s', async (message, text, line, column, more = {}) => {
    const error = await fault({ 'digits.bn.ts': text, ...more });
    expect(error.message).toBe(message);
    expect(error.details.location).toMatchObject({ line, column });
    const file = error.details.location?.file ?? '';
    expect(message).toContain(message.startsWith('resize') ? '' : (file.split('/').at(-1) ?? '?'));
  });

  it('is said when something other than an error is thrown', async () => {
    const error = await fault({ 'digits.bn.ts': "throw 'text';" });
    expect(error.message).toBe('the experiment throws "text", which is no Error');
  });

  it('names the field, in the file that declares it', async () => {
    const text = experiment('() => tf').replace('batchSize: 8', 'batchSize: 1');
    const error = await fault({ 'digits.bn.ts': text });
    expect(error.message).toBe('train.batchSize: must be a whole number of at least 2, got 1');
    expect(error.details.field).toEqual(['train', 'batchSize']);
  });

  it('says that a file is missing or of another kind', async () => {
    const missing = await fault({}, 'gone.bn.ts');
    expect(missing.message).toMatch(/gone\.bn\.ts does not exist$/);
    const other = await fault({ 'digits.ts': '' }, 'digits.ts');
    expect(other.message).toBe('digits.ts is no experiment file');
  });
});
