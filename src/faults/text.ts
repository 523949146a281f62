import type { WatchedRun } from './network.ts';
import type { Subject } from './rule.ts';
import { siteOf, termOf } from './subjects.ts';

/** Names a domain, in quotation marks. */
export function domainName(domain: number | undefined, { domains }: WatchedRun): string {
  return `"${domains[domain ?? -1]?.name ?? '?'}"`;
}

/** Names a subject at a site: `bn1`, or `bn1, domain "real"`. */
export function placeName(subject: Subject, run: WatchedRun): string {
  const { name } = siteOf(subject, run);
  return subject.domain === undefined ? name : `${name}, domain ${domainName(subject.domain, run)}`;
}

/** Names a subject's term: `mmd at bn2`, or `adversarial at the input of scores`. */
export function termName(subject: Subject, run: WatchedRun): string {
  const { name, layer, side } = termOf(subject, run);
  return `${name} at ${side === 'output' ? layer : `the input of ${layer}`}`;
}

/** Writes a number with three digits. */
export function digits(value: number): string {
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e5)
    ? value.toExponential(1)
    : String(Number(value.toPrecision(3)));
}

/** Writes a share as a percentage. */
export function percent(share: number): string {
  return `${digits(100 * share)}%`;
}
