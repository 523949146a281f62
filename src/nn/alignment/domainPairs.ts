/** Consecutive rows `from` to before `to`, the images of one domain. */
export interface DomainRows {
  readonly from: number;
  readonly to: number;
}

/** Returns each domain's rows in a batch that brings so many images of one domain after another. */
export function domainRows(images: readonly number[]): DomainRows[] {
  let to = 0;
  return images.map((count) => {
    const from = to;
    to += count;
    return { from, to };
  });
}

/** Returns all unordered pairs of domains' rows. */
export function domainPairs(images: readonly number[]): [DomainRows, DomainRows][] {
  const rows = domainRows(images);
  return rows.flatMap((b, k) => rows.slice(0, k).map((a): [DomainRows, DomainRows] => [a, b]));
}
