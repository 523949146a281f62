import { UserError } from '../../protocol/userError.ts';

/** Throws a UserError naming the setting unless it holds; `range` is what the message asks for. */
export type Check = (name: string, value: unknown, holds: boolean, range: string) => void;

/**
 * Makes the check of a declaring function's settings. `path` leads to them in an experiment;
 * `unknown` are those that the function does not know.
 * @throws UserError if there are any: nobody else would tell a misspelt setting from none.
 */
export function checkSettings(maker: string, path: readonly string[], unknown: object): Check {
  const [stray] = Object.keys(unknown);
  if (stray !== undefined) {
    throw new UserError(`${maker}: there is no setting "${stray}"`, { field: [...path, stray] });
  }
  return (name, value, holds, range) => {
    if (holds && value !== Infinity && value !== -Infinity) return;
    throw new UserError(`${maker}: ${name} must be ${range}, got ${shown(value)}`, {
      field: [...path, name],
    });
  };
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `"${value}"` : String(value);
}

/** Tells whether a value is a number above 0; a string would pass the mere comparison. */
export function isPositive(value: unknown): value is number {
  return typeof value === 'number' && value > 0;
}

/** Tells whether a value is a number of at least 0. */
export function isNotNegative(value: unknown): value is number {
  return typeof value === 'number' && value >= 0;
}
