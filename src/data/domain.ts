import type { DomainKind, Split } from '../protocol/run.ts';
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
}

/** One part of a domain's images, in a fixed order. */
export interface Part {
  /** Number of distinct images. */
  readonly length: number;
  /** Class of each image as an index into `LoadedData.classes`; null without labels. */
  readonly labels: Int32Array | null;
  /**
   * Reads preprocessed images as `[indices.length, height, width, channels]`, row-major.
   * Throws UserError naming an image that is damaged or of another shape.
   */
  read(indices: Int32Array): Promise<Float32Array>;
}

/** A domain whose images are found, labelled and split. */
export interface LoadedDomain {
  readonly name: string;
  readonly kind: DomainKind;
  readonly labelled: boolean;
  readonly parts: Readonly<Record<Split, Part>>;
}

/** All domains of an experiment; a domain's index is its id. */
export interface LoadedData {
  readonly domains: readonly LoadedDomain[];
  /** Shape of every preprocessed image. */
  readonly inputShape: [height: number, width: number, channels: number];
  /** Names of all classes of all labelled domains, in natural order ("2" before "10"). */
  readonly classes: readonly string[];
}
