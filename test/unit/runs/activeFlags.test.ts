import { expect, test } from 'vitest';
import type { RunEvent } from '../../../src/protocol/events.ts';
import { activeFlags, flagHistory } from '../../../src/runs/activeFlags.ts';
import { validEvents } from '../../../src/runs/events.ts';

const evidence = { logE: 9, logThreshold: 8 };

function flag(step: number, site: number): RunEvent {
  const shown = { handling: 'mixed', gap: 1, gapFloor: 0.1 } as const;
  return { t: step, type: 'flag', step, site, pair: 0, ...evidence, ...shown };
}

function cleared(step: number, site: number, raisedAt: number): RunEvent {
  return { t: step, type: 'cleared', step, site, pair: 0, raisedAt, ...evidence };
}

test('a flag is active until its own site and pair are cleared of it', () => {
  const events = [flag(10, 0), flag(20, 1), cleared(30, 0, 10), flag(40, 0)];
  expect(activeFlags(events)).toEqual([flag(20, 1), flag(40, 0)]);
  expect(flagHistory(events).map(({ cleared }) => cleared?.step)).toEqual([
    30,
    undefined,
    undefined,
  ]);
});

test('a flag stands again when a resumption makes void that it was cleared', () => {
  const resumed: RunEvent = { t: 31, type: 'resumed', attempt: 2, pid: 1, host: '', fromStep: 15 };
  const events = [flag(10, 0), flag(20, 1), cleared(30, 0, 10), resumed];
  expect(activeFlags(validEvents(events))).toEqual([flag(10, 0)]);
});
