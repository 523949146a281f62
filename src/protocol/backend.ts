/** What may be asked to compute. */
export const BACKENDS = ['auto', 'wasm', 'native', 'cpu'] as const;

/** `auto`: the fastest that is installed. */
export type BackendChoice = (typeof BACKENDS)[number];
