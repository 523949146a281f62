import { readFile } from 'node:fs/promises';
import { UserError } from '../protocol/userError.ts';
import type { ValueArray } from './arraySet.ts';

const MAGIC = Buffer.from('\x93NUMPY', 'latin1');

const DAMAGED = 'The file is cut off or damaged; fetch it again.';

/** Views bytes as numbers of each type that is read, in NumPy's names. */
const TYPES: Readonly<Record<string, (bytes: ArrayBuffer) => ValueArray['data']>> = {
  f4: (bytes) => new Float32Array(bytes),
  f8: (bytes) => new Float64Array(bytes),
  b1: (bytes) => new Uint8Array(bytes),
  u1: (bytes) => new Uint8Array(bytes),
  u2: (bytes) => Float64Array.from(new Uint16Array(bytes)),
  u4: (bytes) => Float64Array.from(new Uint32Array(bytes)),
  u8: (bytes) => Float64Array.from(new BigUint64Array(bytes), Number),
  i1: (bytes) => Float64Array.from(new Int8Array(bytes)),
  i2: (bytes) => Float64Array.from(new Int16Array(bytes)),
  i4: (bytes) => Float64Array.from(new Int32Array(bytes)),
  i8: (bytes) => Float64Array.from(new BigInt64Array(bytes), Number),
};

/**
 * Reads an array that `numpy.save` wrote (format versions 1 to 3): booleans, integers or floats of
 * 32 or 64 bits, little-endian, in C order. Throws a UserError for any other file.
 *
 * @param path as the user wrote it; `file` is where it is
 */
export async function readNpy(path: string, file: string): Promise<ValueArray> {
  const bytes = await readFile(file);
  if (bytes.length < 12 || !bytes.subarray(0, 6).equals(MAGIC)) {
    throw new UserError(`"${path}" is not an NPY file`, { hint: 'Write it with numpy.save.' });
  }
  const isFirst = bytes[6] === 1;
  const start = isFirst ? 10 : 12;
  const end = start + (isFirst ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8));
  if (end > bytes.length) {
    throw new UserError(`"${path}" ends within its header, before any value`, {
      hint: DAMAGED,
    });
  }
  const header = bytes.toString('latin1', start, end);
  const type = /'descr': '([<>|=])([a-zA-Z]\d+)'/.exec(header);
  const shape = /'shape': \(([\d, ]*)\)/.exec(header)?.[1];
  const view = TYPES[type?.[2] ?? ''];
  if (shape === undefined || view === undefined || type?.[1] === '>') {
    throw new UserError(`"${path}" does not hold plain numbers`, {
      hint: "Save it again as array.astype('float32').",
    });
  }
  if (!header.includes("'fortran_order': False")) {
    throw new UserError(`"${path}" is in Fortran order`, {
      hint: 'Save it again as numpy.ascontiguousarray(array).',
    });
  }
  const lengths = shape.split(',').map((length) => length.trim());
  const sizes = lengths.filter((length) => length !== '').map(Number);
  const expected = sizes.reduce((product, size) => product * size, Number(type?.[2]?.slice(1)));
  if (bytes.length - end !== expected) {
    throw new UserError(
      `"${path}" has ${bytes.length - end} bytes of values, but its header announces ${expected}`,
      { hint: DAMAGED },
    );
  }
  // A copy of their own, as numbers must begin at a multiple of their size.
  return { shape: sizes, data: view(new Uint8Array(bytes.subarray(end)).buffer) };
}
