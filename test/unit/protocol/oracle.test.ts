import { expect, test } from 'vitest';
import { isOracle } from '../../../src/protocol/oracle.ts';

const images = { train: 100, validation: 30, test: 0 };

test.each([
  ['no label may be trained on', { labelled: false, trainLabels: 0 }, true],
  ['fewer may be trained on than validate', { labelled: true, trainLabels: 29 }, true],
  ['as many may be trained on as validate', { labelled: true, trainLabels: 30 }, false],
  ['all may be trained on', { labelled: true, trainLabels: 100 }, false],
  ['a run of the first versions trains on none', { labelled: false }, true],
  ['a run of the first versions trains on all', { labelled: true }, false],
])('what validation says where %s', (_, labels, oracle) => {
  expect(isOracle({ ...labels, images })).toBe(oracle);
});

test('all training labels are known, however many validate', () => {
  const few = { ...images, train: 20 };
  expect(isOracle({ labelled: true, trainLabels: 20, images: few })).toBe(false);
});

test('nobody asks what no image validates', () => {
  const unmeasured = { ...images, validation: 0 };
  expect(isOracle({ labelled: false, trainLabels: 0, images: unmeasured })).toBe(false);
});
