import * as v from 'valibot';
import { oneOf } from '../validation/fields.ts';
import { adabn } from './adaptation/adabn.ts';
import type { Adaptation } from './adaptation/adaptation.ts';
import { alphaBn } from './adaptation/alphaBn.ts';
import { tent } from './adaptation/tent.ts';
import { adversarial } from './alignment/adversarial.ts';
import type { Alignment } from './alignment/alignment.ts';
import { bsp } from './alignment/bsp.ts';
import { cdan } from './alignment/cdan.ts';
import { coral } from './alignment/coral.ts';
import { mmd } from './alignment/mmd.ts';
import type { Choice } from './choice.ts';
import { batchRenorm } from './normalization/batchRenorm.ts';
import { conditional } from './normalization/conditional.ts';
import { group } from './normalization/group.ts';
import type { Normalization } from './normalization/normalization.ts';
import { separate } from './normalization/separate.ts';
import { shared } from './normalization/shared.ts';
import { spectral } from './normalization/spectral.ts';
import { transnorm } from './normalization/transnorm.ts';
import { finetuneFrozen } from './schedule/finetuneFrozen.ts';
import { finetuneUpdated } from './schedule/finetuneUpdated.ts';
import { LAYER_NORMALIZATIONS } from './declaration.ts';
import type { Schedule } from './schedule/schedule.ts';

/** The choices on each axis. */
export interface Axes {
  /** The default first. */
  readonly normalization: readonly [Choice<Normalization>, ...Choice<Normalization>[]];
  readonly alignment: readonly Choice<Alignment>[];
  readonly schedule: readonly Choice<Schedule>[];
  readonly adaptation: readonly Choice<Adaptation>[];
}

/** All that exist: what STRATEGY_AXES of the protocol lists, in its order. */
export const AXES: Axes = {
  normalization: [shared, separate, conditional, spectral, transnorm, batchRenorm, group],
  alignment: [mmd, adversarial, coral, cdan, bsp],
  schedule: [finetuneFrozen, finetuneUpdated],
  adaptation: [adabn, alphaBn, tent],
};

/** Describes `strategies` of an experiment: settings by name, and normalizations by layer. */
export function settingsEntries(): v.ObjectEntries {
  const choices = Object.values(AXES).flat() as Choice<unknown>[];
  const layers = v.record(v.string(), oneOf(LAYER_NORMALIZATIONS));
  return {
    ...Object.fromEntries(choices.map(({ name, settings }) => [name, v.exactOptional(settings)])),
    layers: v.exactOptional(layers),
  };
}
