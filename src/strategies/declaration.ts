import type { AdabnSettings } from './adaptation/adabn.ts';
import type { AlphaBnSettings } from './adaptation/alphaBn.ts';
import type { TentSettings } from './adaptation/tent.ts';
import type { AdversarialSettings } from './alignment/adversarial.ts';
import type { BspSettings } from './alignment/bsp.ts';
import type { CdanSettings } from './alignment/cdan.ts';
import type { CoralSettings } from './alignment/coral.ts';
import type { MmdSettings } from './alignment/mmd.ts';
import type { BatchRenormSettings } from './normalization/batchRenorm.ts';
import type { ConditionalSettings } from './normalization/conditional.ts';
import type { GroupSettings } from './normalization/group.ts';
import type { SeparateSettings } from './normalization/separate.ts';
import type { SharedSettings } from './normalization/shared.ts';
import type { SpectralSettings } from './normalization/spectral.ts';
import type { FinetuneSettings } from './schedule/finetuning.ts';

/** No settings. */
type None = Readonly<Record<string, never>>;

/** Normalizations that a single BatchNorm layer may have; `spectral` is about other layers. */
export const LAYER_NORMALIZATIONS = [
  'shared',
  'separate',
  'conditional',
  'transnorm',
  'batch-renorm',
  'group',
] as const;

/** Settings of the strategies, by name; each has its defaults. */
export interface StrategiesDeclaration {
  /** Normalizations of BatchNorm layers, by name, where it is not to be the strategy's. */
  readonly layers?: Readonly<Record<string, (typeof LAYER_NORMALIZATIONS)[number]>>;
  readonly shared?: SharedSettings;
  readonly separate?: SeparateSettings;
  readonly conditional?: ConditionalSettings;
  readonly spectral?: SpectralSettings;
  readonly transnorm?: None;
  readonly 'batch-renorm'?: BatchRenormSettings;
  readonly group?: GroupSettings;
  readonly mmd?: MmdSettings;
  readonly adversarial?: AdversarialSettings;
  readonly coral?: CoralSettings;
  readonly cdan?: CdanSettings;
  readonly bsp?: BspSettings;
  readonly 'finetune-frozen'?: FinetuneSettings;
  readonly 'finetune-updated'?: FinetuneSettings;
  readonly adabn?: AdabnSettings;
  readonly 'alpha-bn'?: AlphaBnSettings;
  readonly tent?: TentSettings;
}
