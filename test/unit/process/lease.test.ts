import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { holdLease } from '../../../src/process/lease.ts';
import { LEASE_MS, LEASE_RENEWAL_MS } from '../../../src/protocol/control.ts';
import { appendControl } from '../../../src/runs/control.ts';

vi.mock('../../../src/runs/control.ts');

beforeEach(() => {
  vi.useFakeTimers();
  vi.mocked(appendControl).mockReset().mockResolvedValue();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('holdLease', () => {
  it('renews now and then until it is disposed', () => {
    const lease = holdLease('/run', 'test', vi.fn());
    vi.advanceTimersByTime(LEASE_RENEWAL_MS);
    expect(vi.mocked(appendControl).mock.calls).toEqual([
      ['/run', { type: 'lease', by: 'test', until: Date.now() - LEASE_RENEWAL_MS + LEASE_MS }],
      ['/run', { type: 'lease', by: 'test', until: Date.now() + LEASE_MS }],
    ]);

    lease.dispose();
    vi.advanceTimersByTime(10 * LEASE_RENEWAL_MS);
    expect(appendControl).toHaveBeenCalledTimes(2);
  });

  it('tells of a renewal that failed and tries again', async () => {
    const failure = new Error('disk full');
    vi.mocked(appendControl).mockRejectedValueOnce(failure);
    const onError = vi.fn();
    const lease = holdLease('/run', 'test', onError);
    await vi.advanceTimersByTimeAsync(LEASE_RENEWAL_MS);
    expect(onError.mock.calls).toEqual([[failure]]);
    expect(appendControl).toHaveBeenCalledTimes(2);
    lease.dispose();
  });
});
