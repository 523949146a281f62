import { UserError } from '../protocol/userError.ts';
import { channelNames, columnNames, LARGEST_VALUE, tooLarge, type ValueSet } from './valueSet.ts';

/** Numbers in row-major order. */
export interface ValueArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Uint8Array;
}

/**
 * Takes an array as a set: [rows] and [rows, columns] as a table, [images, height, width] and
 * [images, height, width, channels] as images. Throws a UserError for any other, or an empty one.
 */
export function arraySet(path: string, { shape, data }: ValueArray): ValueSet {
  if (shape.length < 1 || shape.length > 4) {
    throw new UserError(`"${path}" has ${shape.length} dimensions`, {
      hint: 'A table has 2 (rows, columns), images have 3 or 4 (images, height, width, channels).',
    });
  }
  if (data.length === 0) {
    throw new UserError(`"${path}" has no values: its shape is ${shape.join(' x ')}`);
  }
  const [count = 0, height = 0, width = 0] = shape;
  const size = data.length / count;
  const isTable = shape.length < 3;
  return {
    path,
    kind: isTable ? 'rows' : 'images',
    features: isTable ? columnNames(size) : channelNames(shape[3] ?? 1),
    size: isTable ? null : [height, width],
    range: null,
    isNamed: false,
    *items() {
      for (let from = 0; from < data.length; from += size) {
        const item = data.subarray(from, from + size);
        // Written so that NaN is found.
        const bad = item.findIndex((value: number) => !(Math.abs(value) <= LARGEST_VALUE));
        if (bad >= 0) {
          const value = item[bad] ?? NaN;
          const what = `"${path}" holds ${value} at [${indices(from + bad, shape).join(', ')}]`;
          if (Number.isFinite(value)) throw tooLarge(what);
          throw new UserError(what, { hint: 'Leave out what is missing, or fill it in.' });
        }
        yield item;
      }
    },
  };
}

/** Returns the index on every axis, from 0. */
function indices(at: number, shape: readonly number[]): number[] {
  let rest = at;
  return shape
    .toReversed()
    .map((length) => {
      const index = rest % length;
      rest = (rest - index) / length;
      return index;
    })
    .reverse();
}
