import { SPLITS, type RunDomain, type RunFile } from '../protocol/run.ts';

/** What tells the data of a domain from others. */
export type DomainData = Pick<RunDomain, 'name' | 'images' | 'fingerprint'>;

/**
 * Says in a sentence which domain's images or labels are not those of a run, for another run of the
 * same experiment; undefined if none. Where either lacks fingerprints only numbers of images count.
 */
export function dataChange(
  run: Pick<RunFile, 'name'> & { readonly domains: readonly DomainData[] },
  now: readonly DomainData[],
): string | undefined {
  const changed = run.domains.find(({ images, fingerprint }, id) => {
    const other = now[id];
    return (
      SPLITS.some((split) => other?.images[split] !== images[split]) ||
      (fingerprint ?? other?.fingerprint) !== (other?.fingerprint ?? fingerprint)
    );
  });
  if (changed === undefined) return undefined;
  return `domains.${changed.name}: the images or their labels have changed since run ${run.name} began`;
}
