import { UserError } from '../protocol/userError.ts';

/** The largest |value| that a set may hold: sums of fourth powers still fit into double precision. */
export const LARGEST_VALUE = 1e70;

/** One of the two sets that are compared: the rows of a table, or images. */
export interface ValueSet {
  /** Its path as the user wrote it. */
  readonly path: string;
  readonly kind: 'rows' | 'images';
  /** The columns of a table; the channels of images. */
  readonly features: readonly string[];
  /** Height and width of every image in pixels; null of rows. */
  readonly size: readonly [number, number] | null;
  /** The least and the largest value that the file format has, of a folder of images; else null. */
  readonly range: readonly [number, number] | null;
  /** Whether the file itself names its features: then both sets must agree on them. */
  readonly isNamed: boolean;
  /**
   * Reads one row or image after the other: [pixels, features], a row being one pixel. Throws a
   * UserError where a value is missing, not finite or larger than {@link LARGEST_VALUE} in size, or
   * an item has another shape than the first.
   */
  items(): AsyncIterable<ArrayLike<number>> | Iterable<ArrayLike<number>>;
}

/** Names the columns of a table without a header. */
export function columnNames(count: number): string[] {
  return Array.from({ length: count }, (_, column) => `column ${column + 1}`);
}

/** Names the channels of images. */
export function channelNames(count: number): string[] {
  if (count === 1) return ['grey'];
  if (count === 3) return ['red', 'green', 'blue'];
  return Array.from({ length: count }, (_, channel) => `channel ${channel + 1}`);
}

/** Returns the error of a larger value; `what` says which, and where it is. */
export function tooLarge(what: string): UserError {
  return new UserError(`${what}, which is beyond ${LARGEST_VALUE.toExponential()} in size`, {
    hint: 'Divide both sets by one number: the unit changes no distance.',
  });
}
