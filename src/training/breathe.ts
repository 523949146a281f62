/** Gives the event loop a turn: heartbeats, flushes and messages pass between batches. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
