/** The backends under test: TensorFlow.js's wasm backend as published, and with our kernels. */
export type TestedBackend = 'published' | 'ours';

export interface Outcome {
  readonly status: 'passed' | 'failed' | 'pending';
  /** The failed expectations' messages, empty for a test that passed. */
  readonly reason: string;
}

/** What came of each test, by its full name; the second of a name is `name (2)`, and so on. */
export type Outcomes = Readonly<Record<string, Outcome>>;
