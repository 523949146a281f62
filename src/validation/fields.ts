import * as v from 'valibot';
import { UserError } from '../protocol/userError.ts';
import { nearest } from './nearest.ts';

/** Whether an issue is that an object has a field it should not have. */
export function isUnknownField(issue: v.BaseIssue<unknown>): boolean {
  return issue.type === 'strict_object' && issue.expected === 'never';
}

/** An object with these fields and no others; a message names what may have been meant. */
export function fields<Entries extends v.ObjectEntries>(entries: Entries) {
  const names = Object.keys(entries);
  return v.strictObject(entries, (issue) => {
    if (!isUnknownField(issue)) {
      return issue.received === 'undefined'
        ? 'is missing'
        : `must be an object, got ${shown(issue)}`;
    }
    const name = String(issue.path?.at(-1)?.key);
    const meant = nearest(name, names);
    const known = names.length > 0 ? `there are ${names.join(', ')}` : 'there are none yet';
    return `unknown field "${name}", ${meant === null ? known : `did you mean "${meant}"?`}`;
  });
}

/** True or false. */
export const boolean = v.boolean((issue) => `must be true or false, got ${shown(issue)}`);

/** A number, finite or not, for which `holds`; `expected` is what the message asks for. */
export const number = (expected: string, holds: (value: number) => boolean) =>
  v.pipe(
    v.number((issue) => `must be ${expected}, got ${shown(issue)}`),
    v.check(holds, (issue) => `must be ${expected}, got ${shown(issue)}`),
  );

/** A whole number of at least `least`. */
export const wholeFrom = (least: number) =>
  number(
    `a whole number of at least ${least}`,
    (value) => Number.isSafeInteger(value) && value >= least,
  );

/** One of some words. */
export const oneOf = <const Words extends readonly [string, string, ...string[]]>(words: Words) =>
  v.picklist(
    words,
    (issue) => `must be ${words.map((word) => `'${word}'`).join(' or ')}, got ${shown(issue)}`,
  );

/** What one of the functions `makers` returns: it has this method. */
export const madeBy = <T>(makers: string, method: string) =>
  v.custom<T>(
    (value) => typeof (value as Record<string, unknown> | null)?.[method] === 'function',
    (issue) => `must be made by ${makers}, got ${shown(issue)}`,
  );

/** What `complete` returns for a value; a UserError that it throws is the issue. */
export const completed = <T>(complete: (value: T) => T) =>
  v.rawTransform<T, T>(({ dataset, addIssue, NEVER }) => {
    try {
      return complete(dataset.value);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      addIssue({ message: error.message });
      return NEVER;
    }
  });

/** Shows a wrong value in few words. */
export function shown({ input }: { readonly input: unknown }): string {
  if (typeof input === 'string') return `"${input}"`;
  if (typeof input === 'function') return 'a function';
  if (input === undefined) return 'nothing';
  if (Array.isArray(input)) return 'a list';
  if (typeof input === 'number') return `${input}`;
  return input === null || typeof input === 'boolean' ? JSON.stringify(input) : 'an object';
}
