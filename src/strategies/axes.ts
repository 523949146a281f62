import * as v from 'valibot';
import type { Adaptation } from './adaptation/adaptation.ts';
import type { Alignment } from './alignment/alignment.ts';
import type { Choice } from './choice.ts';
import type { Normalization } from './normalization/normalization.ts';
import { separate } from './normalization/separate.ts';
import { shared } from './normalization/shared.ts';
import type { Schedule } from './schedule/schedule.ts';

/** The choices on each axis. */
export interface Axes {
  /** The default first. */
  readonly normalization: readonly [Choice<Normalization>, ...Choice<Normalization>[]];
  readonly alignment: readonly Choice<Alignment>[];
  readonly schedule: readonly Choice<Schedule>[];
  readonly adaptation: readonly Choice<Adaptation>[];
}

/** All that exist; names are unique over all axes. */
export const AXES: Axes = {
  normalization: [shared, separate],
  alignment: [],
  schedule: [],
  adaptation: [],
};

/** All names, axis by axis. */
export const STRATEGY_NAMES: readonly string[] = choices().map(({ name }) => name);

/** Describes `strategies` of an experiment: settings by name. */
export function settingsEntries(): v.ObjectEntries {
  return Object.fromEntries(
    choices().map(({ name, settings }) => [name, v.exactOptional(settings)]),
  );
}

function choices(): Choice<unknown>[] {
  return Object.values(AXES).flat() as Choice<unknown>[];
}
