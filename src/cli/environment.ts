/** What a command may touch of the world; src/cli.ts fills it in. */
export interface Environment {
  readonly cwd: string;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Path of dist/trainer.js. */
  readonly trainer: string;
  /** Path of dist/sourceWorker.js. */
  readonly sourceWorker: string;
  /** Folder of the WebAssembly files. */
  readonly wasm: string;
  /** Where the native backend is installed, if it is. */
  readonly nativeFolder: string;
  /** Path of dist/nativeProbe.js. */
  readonly nativeProbe: string;
  /** Folder of the sources of the native backend's addon. */
  readonly addonSources: string;
  /**
   * Calls back at every Ctrl-C or request to terminate, and when nobody reads the output any more;
   * returns the function that ends it.
   */
  onInterrupt(listener: () => void): () => void;
}

/** What the process says to its caller when it ends. */
export const EXIT = {
  done: 0,
  /** The run failed, or the program did. */
  failed: 1,
  /** The input or the usage is wrong. */
  wrongInput: 2,
  /** The run was stopped and may be resumed. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
