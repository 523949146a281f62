/** What is known of the backend that computes. */
export interface StartedBackend {
  readonly name: 'wasm' | 'native' | 'cpu';
  readonly threads: number;
  /** Versions of what it stands on besides TensorFlow.js, by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** What the user should know of the choice, as sentences. */
  readonly notices: readonly string[];
}
