import { equal, match } from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually, problemsOf, train } from './editor.ts';
import { experimentText, NORMALIZED_LAYERS, write, writeImages } from './experiments.ts';

interface Broken {
  readonly name: string;
  readonly text: string;
  readonly message: RegExp;
  /** The line to be marked begins with this. */
  readonly line: string;
}

const BROKEN: readonly Broken[] = [
  {
    name: 'a syntax error',
    text: experimentText({}).replace("kind: 'real',", "kind: = 'real',"),
    message: /Unexpected token/,
    line: 'real:',
  },
  {
    name: 'an unknown field',
    text: experimentText({ train: '{ epoch: 6, batchSize: 32, optimizer: adam() }' }),
    message: /^train: unknown field "epoch"/,
    line: 'train:',
  },
  {
    name: 'a missing folder',
    text: experimentText({ real: "imageFolder('photographs')" }),
    message: /domains\.real\.data: .*photographs/,
    line: 'real:',
  },
  {
    name: 'a model without BatchNorm',
    text: experimentText({
      layers: NORMALIZED_LAYERS.filter((layer) => !layer.includes('batchNormalization')),
    }),
    message: /no BatchNorm layer/,
    line: 'model:',
  },
  {
    name: 'data of one class only',
    text: experimentText({ real: "idx('alike-images.idx', 'alike-labels.idx')" }).replaceAll(
      'dark-',
      'alike-',
    ),
    message: /class/,
    line: 'domains:',
  },
  {
    name: 'an output that is no class score',
    text: experimentText({
      layers: NORMALIZED_LAYERS.map((layer) => layer.replace('units: classes', 'units: 5')),
    }),
    message: /instead of class scores/,
    line: 'model:',
  },
];

describe('a broken experiment', () => {
  before(() => {
    writeImages('light', { images: 320 });
    writeImages('dark', { images: 320, inverted: true });
    writeImages('alike', { images: 320, classes: 1 });
  });

  for (const [index, { name, text, message, line }] of BROKEN.entries()) {
    it(`is listed in Problems at its line: ${name}`, async () => {
      const experiment = write(`broken-${index}.bn.ts`, text);
      await train(experiment, 'shared');
      const problem = await eventually(() => problemsOf(experiment)[0]);
      equal(problem.severity, vscode.DiagnosticSeverity.Error);
      const [sentence = ''] = problem.message.split('\n');
      match(sentence, message);
      const marked = text.split('\n')[problem.range.start.line] ?? '';
      equal(marked.trim().startsWith(line), true, `${problem.message}\nat: ${marked}`);
    });
  }
});
