import { expect, it } from 'vitest';
import type { ControlLine } from '../../../src/protocol/control.ts';
import { Supervisor } from '../../../src/training/supervisor.ts';

function supervised(...polls: Omit<ControlLine, 't' | 'by'>[][]) {
  let now = 0;
  const control = {
    poll: () =>
      Promise.resolve((polls.shift() ?? []).map((line) => ({ t: WRITTEN, by: 'test', ...line }))),
  } as { poll: () => Promise<ControlLine[]> };
  const supervisor = new Supervisor(control, () => now);
  return { supervisor, at: (t: number) => (now = t) };
}

/** Times in lines are those of another clock than the trainer's. */
const WRITTEN = 5e9;
const lease = (length: number) =>
  ({ type: 'lease', until: WRITTEN + length }) as Omit<ControlLine, 't' | 'by'>;

it('pauses, continues and stops as the lines say, in their order', async () => {
  const { supervisor } = supervised(
    [{ type: 'pause' }],
    [{ type: 'continue' }, { type: 'pause' }, { type: 'continue' }],
    [{ type: 'stop' }],
  );
  await supervisor.poll();
  expect(supervisor.isPaused()).toBe(true);
  await supervisor.poll();
  expect(supervisor.isPaused()).toBe(false);
  expect(supervisor.stopReason()).toBe(null);
  await supervisor.poll();
  expect(supervisor.stopReason()).toBe('stopped');
});

it('goes on without a lease, but stops when one it had has lapsed', async () => {
  const { supervisor, at } = supervised([], [lease(100)], [lease(100)]);
  at(1e12);
  await supervisor.poll();
  expect(supervisor.stopReason()).toBe(null);
  await supervisor.poll();
  at(1e12 + 100);
  expect(supervisor.stopReason()).toBe(null);
  at(1e12 + 101);
  expect(supervisor.stopReason()).toBe('lease');
  await supervisor.poll();
  expect(supervisor.stopReason()).toBe(null);
});

it('needs no lease any more once it is released', async () => {
  const { supervisor, at } = supervised([lease(100), { type: 'release' }]);
  await supervisor.poll();
  at(1e12);
  expect(supervisor.stopReason()).toBe(null);
});
