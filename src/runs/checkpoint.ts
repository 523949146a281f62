import {
  closeSync,
  fsyncSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '../protocol/userError.ts';
import { fileFailure, hasCode } from './fileFailure.ts';
import { makeFolder } from './makeFolder.ts';
import { CHECKPOINTS } from './paths.ts';

export type CheckpointArray = Float32Array | Float64Array | Int32Array | Uint8Array;

/** Arrays by name. */
export type CheckpointArrays = Readonly<Record<string, CheckpointArray>>;

/** What a trainer needs to go on as if it had never stopped. */
export interface Checkpoint {
  /** JSON-able state; finite numbers keep every bit, except that -0 becomes 0. */
  readonly json: unknown;
  readonly arrays: CheckpointArrays;
}

const ANOTHER_ONE =
  'Put a copy of it back, or train again: the same strategy, seed and backend give the same weights.';

/** Element types by the names that safetensors gives them. */
const TYPES = {
  F64: Float64Array,
  F32: Float32Array,
  I32: Int32Array,
  U8: Uint8Array,
} as const;

type TypeName = keyof typeof TYPES;

interface ArrayEntry {
  readonly dtype: TypeName;
  readonly shape: readonly number[];
  /** Begin and end in bytes after the header. */
  readonly data_offsets: readonly [number, number];
}

/**
 * Writes `checkpoints/<name>.safetensors` atomically and durably (temporary file, fsync, rename).
 * The format is that of github.com/huggingface/safetensors: the header's length (uint64), a JSON
 * header, raw little-endian arrays; `json` is in the header under `__metadata__.json`.
 * Returns the path relative to the run directory with `/`, as the `checkpoint` event wants it.
 * Throws a UserError when the run was deleted, or it cannot be written; an older checkpoint of that name then remains.
 */
export function writeCheckpoint(directory: string, name: string, checkpoint: Checkpoint): string {
  const relative = `${CHECKPOINTS}/${name}.safetensors`;
  if (!existsSync(directory)) {
    throw new UserError(`The folder of the run is gone: "${directory}".`, {
      hint: 'It was deleted while it was written; train again.',
    });
  }
  writeDurably(join(directory, relative), encode(checkpoint));
  return relative;
}

/**
 * Reads what {@link writeCheckpoint} wrote; `file` is relative to the run directory.
 * Throws a UserError when it is missing or damaged.
 */
export function readCheckpoint(directory: string, file: string): Checkpoint {
  const path = join(directory, file);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw fileFailure(error, 'read', path);
    throw new UserError(`The checkpoint "${path}" is missing.`, { hint: ANOTHER_ONE });
  }
  try {
    return decode(bytes);
  } catch {
    throw new UserError(`The checkpoint "${path}" is damaged.`, { hint: ANOTHER_ONE });
  }
}

/**
 * Deletes all checkpoints but the given ones, which are paths relative to the run directory.
 * Throws a UserError when that fails.
 */
export async function keepCheckpoints(directory: string, kept: readonly string[]): Promise<void> {
  const folder = join(directory, CHECKPOINTS);
  try {
    for (const name of await readdir(folder)) {
      if (!kept.includes(`${CHECKPOINTS}/${name}`)) await rm(join(folder, name), { force: true });
    }
  } catch (error) {
    throw fileFailure(error, 'write', folder);
  }
}

function encode({ json, arrays }: Checkpoint): Uint8Array[] {
  const header: Record<string, ArrayEntry | { json: string }> = {
    __metadata__: { json: JSON.stringify(json) },
  };
  const buffers: Uint8Array[] = [];
  let end = 0;
  // Widest elements first: every array is aligned to its own element without holes between them.
  const widestFirst = Object.entries(arrays).sort(
    ([, a], [, b]) => b.BYTES_PER_ELEMENT - a.BYTES_PER_ELEMENT,
  );
  for (const [name, array] of widestFirst) {
    const begin = end;
    end += array.byteLength;
    header[name] = { dtype: typeName(array), shape: [array.length], data_offsets: [begin, end] };
    buffers.push(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  }
  const text = Buffer.from(JSON.stringify(header));
  const padded = Buffer.alloc(Math.ceil(text.length / 8) * 8, ' ');
  text.copy(padded);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return [length, padded, ...buffers];
}

function decode(bytes: Uint8Array): Checkpoint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = 8 + Number(view.getBigUint64(0, true));
  const header = JSON.parse(Buffer.from(bytes.subarray(8, data)).toString()) as Record<
    string,
    ArrayEntry
  > & { __metadata__: { json: string } };
  const { __metadata__, ...entries } = header;
  const arrays: Record<string, CheckpointArray> = {};
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(entries)) {
    const [begin, end] = data_offsets;
    const own = new Uint8Array(bytes.subarray(data + begin, data + end));
    const array = new TYPES[dtype](own.buffer);
    if (array.length !== shape[0]) throw new RangeError(`array ${name} is cut short`);
    arrays[name] = array;
  }
  return { json: JSON.parse(__metadata__.json) as unknown, arrays };
}

function typeName(array: CheckpointArray): TypeName {
  if (array instanceof Float32Array) return 'F32';
  if (array instanceof Float64Array) return 'F64';
  return array instanceof Int32Array ? 'I32' : 'U8';
}

function writeDurably(file: string, parts: readonly Uint8Array[]): void {
  const temporary = `${file}.tmp`;
  try {
    makeFolder(dirname(file));
    const fd = openSync(temporary, 'w');
    try {
      for (const part of parts) writeFileSync(fd, part);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, file);
    syncFolder(dirname(file));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw fileFailure(error, 'write', file);
  }
}

/** Makes a rename durable; Windows has no such call and needs none. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
