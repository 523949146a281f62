import { spawnSync } from 'node:child_process';
import { hostname } from 'node:os';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DEAD_AFTER_MS } from '../../../src/protocol/events.ts';
import type { EndReason, RunEventBody } from '../../../src/protocol/events.ts';
import type { RunFile } from '../../../src/protocol/run.ts';
import { StatusTracker } from '../../../src/runs/runStatus.ts';
import { INIT } from './rows.ts';

const BORN = Date.parse('2026-11-22T14:15:03Z');
const RUN: RunFile = {
  ...INIT,
  schema: 1,
  name: 'run',
  created: new Date(BORN).toISOString(),
  host: hostname(),
};

/** A process number that nobody has: that of a process which has just ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

function started(pid = process.pid, host = hostname()): RunEventBody {
  return { type: 'started', attempt: 1, pid, host };
}

function ended(reason: EndReason, error?: string): RunEventBody {
  const rest = { step: 7, epoch: 1, stepMs: { median: 2 }, bestStep: null, metrics: {} };
  return { type: 'ended', reason, ...rest, ...(error === undefined ? {} : { error }) };
}

const BEAT = { type: 'heartbeat', step: 30, epoch: 2 } as const;

/** The status one second after the last of the events, which come a second apart. */
function statusAfter(bodies: readonly RunEventBody[], later = 1000) {
  const tracker = new StatusTracker();
  bodies.forEach((body, i) => {
    tracker.add({ t: BORN + 1000 * i, ...body });
  });
  const now = BORN + 1000 * Math.max(0, bodies.length - 1) + later;
  return { ...tracker.status(RUN, now), summary: tracker.summary };
}

beforeEach(() => {
  vi.useFakeTimers({ now: BORN, toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the state of a run', () => {
  test.each<[string, RunEventBody[]]>([
    ['starting', []],
    ['starting', [started()]],
    ['running', [started(), BEAT]],
    ['running', [started(), { type: 'epoch', epoch: 1, step: 25 }]],
    ['paused', [started(), BEAT, { type: 'paused', step: 31 }]],
    ['paused', [started(), { type: 'paused', step: 31 }, { ...BEAT, step: 31 }]],
    ['running', [started(), { type: 'paused', step: 31 }, { type: 'continued', step: 31 }]],
    ['finished', [started(), BEAT, ended('finished')]],
    ['stopped', [started(), BEAT, ended('stopped')]],
    ['stopped', [started(), BEAT, ended('lease')]],
    ['failed', [started(), BEAT, ended('failed', 'No.')]],
    [
      'starting',
      [
        started(),
        ended('stopped'),
        { ...started(), type: 'resumed', attempt: 2, fromStep: 5 } as RunEventBody,
      ],
    ],
  ])('is %s after its events %#', (state, events) => {
    expect(statusAfter(events)).toMatchObject({ state, totalSteps: 100 });
  });

  test('tells step, epoch, attempt, last sign and error', () => {
    const resumed = {
      type: 'resumed',
      attempt: 2,
      pid: process.pid,
      host: hostname(),
      fromStep: 25,
    } as const;
    expect(statusAfter([started(), BEAT, resumed])).toMatchObject({
      step: 25,
      attempt: 2,
      lastSign: BORN + 2000,
      summary: null,
    });
    expect(statusAfter([started(), ended('failed', 'No.')])).toMatchObject({
      step: 7,
      error: 'No.',
      summary: { reason: 'failed', step: 7 },
    });
    expect(statusAfter([])).toMatchObject({ step: 0, epoch: 0, attempt: 1, lastSign: null });
  });

  test('is died at once when its process on this host is gone', () => {
    expect(statusAfter([started(deadPid()), BEAT]).state).toBe('died');
    expect(statusAfter([started(deadPid()), BEAT, ended('finished')]).state).toBe('finished');
  });

  test('is not judged by the processes of another host', () => {
    expect(statusAfter([started(deadPid(), 'elsewhere'), BEAT]).state).toBe('running');
  });

  test.each([
    ['with events', [started(), BEAT]],
    ['paused', [started(), { type: 'paused', step: 1 } as const]],
    ['before its first event', []],
  ])('is died after silence for too long, %s, though its process number is in use', (_, events) => {
    expect(statusAfter(events, DEAD_AFTER_MS).state).not.toBe('died');
    expect(statusAfter(events, DEAD_AFTER_MS + 1).state).toBe('died');
  });
});
