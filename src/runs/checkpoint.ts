/** Arrays of a checkpoint by name. */
export type CheckpointArrays = Readonly<
  Record<string, Float32Array | Float64Array | Int32Array | Uint8Array>
>;

export interface Checkpoint {
  /** JSON-able state; numbers keep every bit (but NaN and infinities, which JSON lacks). */
  readonly json: unknown;
  readonly arrays: CheckpointArrays;
}

/**
 * Writes `checkpoints/<name>.safetensors` atomically and durably (temporary file, fsync, rename).
 * Returns its path relative to the run directory, as the `checkpoint` event wants it.
 */
export function writeCheckpoint(directory: string, name: string, checkpoint: Checkpoint): string {
  throw new Error(`not yet: ${directory}, ${name}, ${Object.keys(checkpoint.arrays).length}`);
}

/** Reads what {@link writeCheckpoint} wrote; `file` is relative to the run directory. */
export function readCheckpoint(directory: string, file: string): Checkpoint {
  throw new Error(`not yet: ${directory}, ${file}`);
}
