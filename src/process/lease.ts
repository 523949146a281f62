import { LEASE_MS, LEASE_RENEWAL_MS } from '../protocol/control.ts';
import { appendControl } from '../runs/control.ts';

/** A lease on a run, renewed until it is disposed. */
export interface Lease {
  /** Stops renewing: the trainer stops resumably once the last lease has lapsed. */
  dispose(): void;
}

/**
 * Keeps a run going by renewing its lease now and then every {@link LEASE_RENEWAL_MS}.
 * `run` is the run directory, `by` names the holder in the control file; `onError` hears of
 * renewals that could not be written, the next of which may succeed.
 */
export function holdLease(run: string, by: string, onError: (error: unknown) => void): Lease {
  const renew = (): void => {
    appendControl(run, { type: 'lease', until: Date.now() + LEASE_MS, by }).catch(onError);
  };
  renew();
  const timer = setInterval(renew, LEASE_RENEWAL_MS);
  timer.unref();
  return {
    dispose: () => {
      clearInterval(timer);
    },
  };
}
