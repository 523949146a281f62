import { readStrategyName } from '../protocol/strategyName.ts';
import type { Adaptation } from './adaptation/adaptation.ts';
import type { Alignment } from './alignment/alignment.ts';
import { AXES } from './axes.ts';
import type { Choice } from './choice.ts';
import type { StrategiesDeclaration } from './declaration.ts';
import type { Normalization } from './normalization/normalization.ts';
import { perLayer } from './normalization/perLayer.ts';
import { joint } from './schedule/joint.ts';
import type { Schedule } from './schedule/schedule.ts';

/** A choice on each axis, made with an experiment's settings. */
export interface Strategy {
  /** The names joined with `+`, in the order of the axes; that of the normalization always. */
  readonly name: string;
  readonly normalization: Normalization;
  readonly alignments: readonly Alignment[];
  /** By default all domains are trained on at once. */
  readonly schedule: Schedule;
  /** Null tests with the trained statistics. */
  readonly adaptation: Adaptation | null;
}

/**
 * Makes a strategy such as `separate+mmd`; `settings` are an experiment's, by name.
 * @throws UserError for what {@link readStrategyName} refuses.
 */
export function parseStrategy(text: string, settings: StrategiesDeclaration = {}): Strategy {
  const { name, ...names } = readStrategyName(text);
  const make = <T>(axis: readonly Choice<T>[], chosen: readonly string[]): T[] =>
    axis
      .filter((choice) => chosen.includes(choice.name))
      .map((choice) => choice.create(settings[choice.name as keyof StrategiesDeclaration]));

  const [common] = make(AXES.normalization, names.normalization) as [Normalization];
  const own = Object.entries(settings.layers ?? {}).flatMap(([layer, chosen]) =>
    make(AXES.normalization, [chosen]).map((one) => [layer, one] as const),
  );
  const normalization = own.length === 0 ? common : perLayer(common, new Map(own));
  const alignments = make(AXES.alignment, names.alignment);
  const [schedule = joint] = make(AXES.schedule, names.schedule);
  const [adaptation = null] = make(AXES.adaptation, names.adaptation);
  return { name, normalization, alignments, schedule, adaptation };
}
