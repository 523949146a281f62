import { UserError } from '../protocol/userError.ts';
import type { Adaptation } from './adaptation/adaptation.ts';
import type { Alignment } from './alignment/alignment.ts';
import { AXES, STRATEGY_NAMES } from './axes.ts';
import type { Choice } from './choice.ts';
import type { StrategiesDeclaration } from './declaration.ts';
import type { Normalization } from './normalization/normalization.ts';
import type { Schedule } from './schedule/schedule.ts';

/** A choice on each axis, made with an experiment's settings. */
export interface Strategy {
  /** The names joined with `+`, in the order of the axes; that of the normalization always. */
  readonly name: string;
  readonly normalization: Normalization;
  readonly alignments: readonly Alignment[];
  /** Null trains on all domains at once. */
  readonly schedule: Schedule | null;
  /** Null tests with the trained statistics. */
  readonly adaptation: Adaptation | null;
}

const HINT = `There are: ${STRATEGY_NAMES.join(', ')}.`;

/**
 * Reads a strategy such as `separate+mmd`; `settings` are an experiment's, by name.
 * @throws UserError for a name that does not exist or is repeated, or for two names on an axis that
 * takes one.
 */
export function parseStrategy(text: string, settings: StrategiesDeclaration = {}): Strategy {
  const names = text.split('+').map((name) => name.trim());
  for (const [index, name] of names.entries()) {
    if (!STRATEGY_NAMES.includes(name)) {
      throw new UserError(`strategy "${text}": there is no "${name}"`, { hint: HINT });
    }
    if (names.indexOf(name) < index) {
      throw new UserError(`strategy "${text}" names "${name}" twice`, { hint: 'Name it once.' });
    }
  }
  const chosen: string[] = [];
  const make = <T>(choices: readonly Choice<T>[]): T[] =>
    choices.map((choice) => {
      chosen.push(choice.name);
      return choice.create(settings[choice.name as keyof StrategiesDeclaration]);
    });
  const named = <T>(axis: readonly Choice<T>[]): Choice<T>[] =>
    axis.filter(({ name }) => names.includes(name));
  const one = <T>(label: string, axis: readonly Choice<T>[]): Choice<T> | undefined => {
    const [first, second] = named(axis);
    if (first === undefined || second === undefined) return first;
    throw new UserError(
      `strategy "${text}" names both "${first.name}" and "${second.name}" for the ${label}`,
      { hint: `Name one of them. ${HINT}` },
    );
  };

  const [normalization] = make([
    one('normalization', AXES.normalization) ?? AXES.normalization[0],
  ]) as [Normalization];
  const alignments = make(named(AXES.alignment));
  const [schedule = null] = make([one('schedule', AXES.schedule) ?? []].flat());
  const [adaptation = null] = make([one('adaptation at test', AXES.adaptation) ?? []].flat());
  return { name: chosen.join('+'), normalization, alignments, schedule, adaptation };
}
