/** One line of `control.ndjson`: written by readers, polled by the trainer between batches. */
export type ControlLine = { readonly t: number; readonly by: string } & (
  | { readonly type: 'pause' }
  | { readonly type: 'continue' }
  | { readonly type: 'stop' }
  /** Somebody watches until then (ms since 1970), from `t` on. A run that never had one needs none. */
  | { readonly type: 'lease'; readonly until: number }
  /** The run may go on unwatched. */
  | { readonly type: 'release' }
);

/** A reader renews its lease this often, ms. */
export const LEASE_RENEWAL_MS = 10_000;

/** A lease lasts this long, ms; afterwards the trainer checkpoints and stops. */
export const LEASE_MS = 60_000;
