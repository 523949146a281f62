import { expect, test } from 'vitest';
import { parseFrames } from '../../../src/nn/constructionFrames.ts';

test('frames are read from plain paths and file URLs, with and without function or async', () => {
  const stack = [
    'Error',
    '    at build (/home/a user/model (1)/net.ts:3:15)',
    '    at Object.model (file:///home/a%20user/digits.bn.ts:21:7)',
    '    at async file:///srv/x.mts:5:1',
    '    at /srv/y.js:6:2',
    '    at new Net (C:\\nets\\net.ts:7:3)',
    '    at node:internal/process/task_queues:95:5',
    '    at Array.map (<anonymous>)',
  ].join('\n');
  expect(parseFrames(stack)).toEqual([
    { file: '/home/a user/model (1)/net.ts', line: 3, column: 15 },
    { file: '/home/a user/digits.bn.ts', line: 21, column: 7 },
    { file: '/srv/x.mts', line: 5, column: 1 },
    { file: '/srv/y.js', line: 6, column: 2 },
    { file: 'C:\\nets\\net.ts', line: 7, column: 3 },
  ]);
});
