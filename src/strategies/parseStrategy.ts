import { UserError } from '../protocol/userError.ts';
import type { Normalization } from './normalization/normalization.ts';
import { separate } from './normalization/separate.ts';
import { shared } from './normalization/shared.ts';

/** A choice on each axis; what is not named takes the axis' default. */
export interface Strategy {
  /** The names joined with `+`, in the order of the axes. */
  readonly name: string;
  readonly normalization: Normalization;
}

/** The choices on each axis, the default first. */
const NORMALIZATIONS = [shared, separate] as const;

/** The names that {@link parseStrategy} knows, over all axes. */
export const STRATEGY_NAMES: readonly string[] = NORMALIZATIONS.map(({ name }) => name);

/**
 * Reads a strategy such as `separate`.
 * @throws UserError for a name that does not exist, or for two names on one axis.
 */
export function parseStrategy(text: string): Strategy {
  const names = text.split('+').map((name) => name.trim());
  const hint = `There are: ${STRATEGY_NAMES.join(', ')}.`;
  const chosen = names.map((name) => {
    const found = NORMALIZATIONS.find((normalization) => normalization.name === name);
    if (found === undefined) {
      throw new UserError(`strategy "${text}": there is no "${name}"`, { hint });
    }
    return found;
  });
  const [normalization = shared, second] = chosen;
  if (second !== undefined) {
    throw new UserError(
      `strategy "${text}" names both "${normalization.name}" and "${second.name}" for the normalization`,
      { hint: `Name one of them. ${hint}` },
    );
  }
  return { name: normalization.name, normalization };
}
