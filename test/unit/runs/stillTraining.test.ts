import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { userErrorText } from '../../../src/protocol/userError.ts';
import { stillTraining } from '../../../src/runs/stillTraining.ts';

describe('stillTraining', () => {
  it.each([
    [
      { pid: 17, host: hostname() },
      'run a is still training in process 17. End it with `kill 17`: it saves what it has and stops.',
    ],
    [
      { pid: 17, host: 'elsewhere' },
      'run a is still training in process 17 on elsewhere. End it there with `kill 17`; if it is gone already, ask again in 15 s.',
    ],
    [
      null,
      'run a may be starting: its trainer has written nothing yet. Ask again in 15 s: if nothing has come by then, it counts as died.',
    ],
  ])('names the process and the way out: %o', (trainer, text) => {
    expect(userErrorText(stillTraining('a', { trainer }))).toBe(text);
  });
});
