import type { SourcePosition } from './userError.ts';

/** Version of the run directory's format; a reader refuses a newer one. */
export const RUN_SCHEMA = 1;

/** Whether a domain's images were rendered or photographed, drawn or measured. */
export type DomainKind = 'synthetic' | 'real';

/** The parts into which a domain's images are split; only real domains have a test part. */
export const SPLITS = ['train', 'validation', 'test'] as const;
export type Split = (typeof SPLITS)[number];

/** `mixed`: one set of statistics serves several domains. `handled`: each domain has its own. */
export type Handling = 'mixed' | 'handled';

/** One domain of a run; its index in `RunFile.domains` is its id in every table. */
export interface RunDomain {
  readonly name: string;
  readonly kind: DomainKind;
  /** Whether any training image's label may be trained on. */
  readonly labelled: boolean;
  /** Training images whose labels may be trained on; runs of the first versions do not say it. */
  readonly trainLabels?: number;
  /** Distinct images in each part. */
  readonly images: Readonly<Record<Split, number>>;
  /**
   * How many training images, drawn evenly, are worth as much as its batches, in which labelled
   * ones come more often where they are few; by default all.
   */
  readonly effectiveImages?: number;
  /**
   * Equal as long as the images and their labels are, and hardly otherwise; runs of earlier versions,
   * and of sources that cannot say it, have none.
   */
  readonly fingerprint?: string;
}

/** One call of a BatchNorm layer; its index in `RunFile.sites` is its id in every table. */
export interface RunSite {
  /** For display: the layer's name, with `#k` for the k-th call of a layer called more than once. */
  readonly name: string;
  readonly layer: string;
  /** Which of the layer's calls in one forward pass, from 0. */
  readonly call: number;
  /** Whether this site pools the calls of every time step (inside TimeDistributed). */
  readonly pooled: boolean;
  readonly channels: number;
  readonly handling: Handling;
  /** Where the layer was constructed: innermost frame of the project first. */
  readonly frames: readonly SourcePosition[];
}

/** An unordered pair of domains; its index in `RunFile.pairs` is its id in every table. */
export interface RunPair {
  readonly a: number;
  readonly b: number;
}

/**
 * A real domain whose training images are split in two halves at random, which every batch brings
 * one after the other: between them nothing differs, so the flag rule must say nothing.
 */
export interface RunControl {
  readonly domain: number;
  /** Training images of each half, as `RunDomain.effectiveImages`. */
  readonly halves: readonly [number, number];
}

/** How a phase of training treats BatchNorm: four switches that common code throws together. */
export interface BatchNormState {
  /** Whether γ and β follow their gradients. */
  readonly parametersTrained: boolean;
  /** Whether weight decay shrinks γ and β, if the optimizer's does not spare them. */
  readonly parametersDecayed: boolean;
  /** What training normalizes with: the batch's own statistics, or the moving ones. */
  readonly statisticsUsed: 'batch' | 'moving';
  /** Whether the moving statistics move towards each batch's. */
  readonly statisticsUpdated: boolean;
}

/** A loss that draws the domains' features together; its index is its id in `alignments`. */
export interface RunAlignment {
  /** The strategy's name. */
  readonly name: string;
  /** The layer whose features it aligns: what it puts out, or what it takes in. */
  readonly layer: string;
  readonly side: 'input' | 'output';
  /** Whether it is the loss of a discriminator, which has an accuracy too. */
  readonly discriminator: boolean;
  /** Its settings, defaults filled in. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/**
 * A stretch of training on some of the domains. Its steps are `firstStep` and those after it; one
 * that stops early leaves the rest of its step numbers unused.
 */
export interface RunPhase extends BatchNormState {
  readonly name: string;
  /** Ids of the domains that it trains on, ascending. */
  readonly domains: readonly number[];
  readonly firstStep: number;
  /** Epochs times steps per epoch: as many as it takes unless it stops early. */
  readonly steps: number;
  readonly epochs: number;
  /** Steps in one pass over its largest domain. */
  readonly stepsPerEpoch: number;
  /** Names of the layers whose weights it trains; null if all. */
  readonly layers: readonly string[] | null;
  /** What the learning rate is multiplied by. */
  readonly rateFactor: number;
  /** Ids of the domains whose validation chooses its checkpoint and stops it early. */
  readonly judges: readonly number[];
}

/** How training passes several domains through BatchNorm layers with one set of statistics. */
export type ForwardMode = 'concatenated' | 'per-domain';

/** What of the normalization is not in the strategy's name. */
export interface RunNormalization {
  /**
   * `concatenated`: the domains' images are normalized together. `per-domain`: each domain by its own
   * images, as if it passed alone, while all move one set of moving statistics.
   */
  readonly forward: ForwardMode;
  /** Names of normalizations by layer, where it is not the strategy's. */
  readonly layers: Readonly<Record<string, string>>;
}

/** A user module as it was when the run loaded it. */
export interface RunModule {
  /** Relative to the project root, forward slashes. */
  readonly path: string;
  /** SHA-256 of the text, hexadecimal. */
  readonly sha256: string;
  readonly text: string;
}

/** What `run.json` holds: all that is known before the first step; written once. */
export interface RunFile {
  readonly schema: typeof RUN_SCHEMA;
  /** The directory's name. */
  readonly name: string;
  /** ISO 8601. */
  readonly created: string;
  /** Path from the run directory to the project root, forward slashes: `../../..` by default. */
  readonly root: string;
  /** Path of the experiment file, relative to the project root; its text is in `modules`. */
  readonly experiment: string;
  readonly modules: readonly RunModule[];
  readonly strategy: string;
  /** Runs of earlier versions lack it: concatenated, in all layers as the strategy says. */
  readonly normalization?: RunNormalization;
  readonly seed: number;
  /** As chosen: of each phase that does not declare its own. */
  readonly epochs: number;
  /** Of the first phase. */
  readonly stepsPerEpoch: number;
  /** In their order; runs of the first versions, which have one of all domains, do not say it. */
  readonly phases?: readonly RunPhase[];
  /** Whether labels that may not be trained on choose a checkpoint; absent if not. */
  readonly oracle?: true;
  /** Images per domain in each step. */
  readonly batchSize: number;
  readonly backend: { readonly name: string; readonly threads: number };
  readonly versions: Readonly<Record<string, string>>;
  readonly host: string;
  readonly classes: readonly string[];
  readonly domains: readonly RunDomain[];
  readonly sites: readonly RunSite[];
  readonly pairs: readonly RunPair[];
  /** Runs of the first versions have none. */
  readonly controls: readonly RunControl[];
  /** Runs of the first versions have none. */
  readonly alignments: readonly RunAlignment[];
  readonly flags: { readonly tolerance: number; readonly alpha: number };
  /**
   * Steps between rows of `channels` and `distances`, between MMD estimates, and between probes of
   * domains that a phase does not train on.
   */
  readonly record: {
    readonly channelsEvery: number;
    readonly mmdEvery: number;
    readonly probeEvery?: number;
  };
  readonly git: { readonly commit: string; readonly dirty: boolean } | null;
}
