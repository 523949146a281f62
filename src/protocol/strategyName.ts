import { STRATEGY_AXES, type StrategyAxis, type StrategyChoice } from './strategies.ts';
import { UserError } from './userError.ts';

/** The names that a strategy puts together, by axis. */
export interface StrategyName extends Readonly<Record<StrategyAxis, readonly string[]>> {
  /** All of them joined with `+`, in the order of the axes; that of the normalization always. */
  readonly name: string;
  readonly normalization: readonly [string];
}

const AXES: Readonly<Record<StrategyAxis, readonly StrategyChoice[]>> = STRATEGY_AXES;

const NAMES = Object.values(AXES).flatMap((choices) => choices.map(({ name }) => name));
const HINT = `There are: ${NAMES.join(', ')}.`;

/**
 * Reads a strategy such as `separate+mmd`.
 * @throws UserError for a name that is missing, does not exist or is repeated, or for two names on an axis that
 * takes one.
 */
export function readStrategyName(text: string): StrategyName {
  const named = text.split('+').map((name) => name.trim());
  for (const [index, name] of named.entries()) {
    if (name === '') throw new UserError(`strategy "${text}" lacks a name`, { hint: HINT });
    if (!NAMES.includes(name)) {
      throw new UserError(`strategy "${text}": there is no "${name}"`, { hint: HINT });
    }
    if (named.indexOf(name) < index) {
      throw new UserError(`strategy "${text}" names "${name}" twice`, { hint: 'Name it once.' });
    }
  }
  const on = (axis: StrategyAxis): string[] =>
    AXES[axis].flatMap(({ name }) => (named.includes(name) ? [name] : []));
  const one = (axis: StrategyAxis, label: string): string[] => {
    const [first, second] = on(axis);
    if (first === undefined) return [];
    if (second === undefined) return [first];
    throw new UserError(
      `strategy "${text}" names both "${first}" and "${second}" for the ${label}`,
      { hint: `Name one of them. ${HINT}` },
    );
  };

  const [first = STRATEGY_AXES.normalization[0].name] = one('normalization', 'normalization');
  const normalization = [first] as const;
  const alignment = on('alignment');
  const schedule = one('schedule', 'schedule');
  const adaptation = one('adaptation', 'adaptation at test');
  const name = [...normalization, ...alignment, ...schedule, ...adaptation].join('+');
  return { name, normalization, alignment, schedule, adaptation };
}
