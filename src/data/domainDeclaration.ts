import type { DomainKind } from '../protocol/run.ts';
import type { DataSource } from './source.ts';

/**
 * How a domain's images are divided. Either fractions (all at most 1, together at most 1) or
 * numbers of images (whole numbers). A part left out is empty; images in no part stay unused.
 */
export interface SplitDeclaration {
  /** Images to train on. */
  readonly train: number;
  /** Images that choose the checkpoint and stop training early. */
  readonly validation?: number;
  /** Images for the one closing test; real domains only. */
  readonly test?: number;
}

/** One domain as an experiment declares it. */
export interface DomainDeclaration {
  /** Whether the images were rendered or photographed. Only real domains have a test part. */
  readonly kind: DomainKind;
  /** Where the images are: `imageFolder(...)` or `idx(...)`. */
  readonly data: DataSource;
  /** By default 90% train and 10% validation. Each part keeps the classes' proportions. */
  readonly split?: SplitDeclaration;
  /**
   * How many training images bring their labels to the loss: `'all'`, the default, `'none'`, or a
   * number of them, in which the classes keep their proportions. The others count towards
   * BatchNorm's statistics and what aligns domains; validation and test are measured as ever.
   */
  readonly labels?: 'all' | 'none' | number;
}
