/** Puts the items with the `first` keys, in that order, before the others, which keep theirs. */
export function preferred<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  first: readonly (string | undefined)[],
): T[] {
  const front = first.flatMap((key) => items.filter((item) => keyOf(item) === key));
  return [...new Set([...front, ...items])];
}
