import { DISTANCES, type DistanceColumn, type DistanceName, type TableRow } from './tables.ts';

/** A distance between two domains, and what it comes to when nothing differs. */
export interface RecordedDistance<V = number> {
  readonly value: V;
  readonly expected: V;
  /** What it exceeds with probability 5% when nothing differs. */
  readonly floor95: V;
  readonly floor99: V;
}

/** Puts distances in the columns of a row of `distances`. */
export function distanceColumns<V>(
  distances: Readonly<Record<DistanceName, RecordedDistance<V>>>,
): Record<DistanceColumn, V> {
  const cells = DISTANCES.flatMap((name) => {
    const { value, expected, floor95, floor99 } = distances[name];
    return [
      [name, value],
      [`${name}Expected`, expected],
      [`${name}Floor95`, floor95],
      [`${name}Floor99`, floor99],
    ];
  });
  return Object.fromEntries(cells) as Record<DistanceColumn, V>;
}

/** Reads a distance from a row of `distances`. */
export function distanceOf(row: TableRow<'distances'>, name: DistanceName): RecordedDistance {
  return {
    value: row[name],
    expected: row[`${name}Expected`],
    floor95: row[`${name}Floor95`],
    floor99: row[`${name}Floor99`],
  };
}
