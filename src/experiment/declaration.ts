import type { LayersModel } from '@tensorflow/tfjs';
import type { DomainDeclaration } from '../data/domainDeclaration.ts';
import type { PreprocessStep } from '../data/preprocess/step.ts';
import type { OptimizerSpec } from '../nn/optimizers/specs.ts';
import type { StrategiesDeclaration } from '../strategies/declaration.ts';

/** What a model is built for. */
export interface ModelContext {
  /** Shape of one preprocessed image: height, width, channels. */
  readonly inputShape: [height: number, width: number, channels: number];
  /** Number of classes, which the model gives one score each. */
  readonly classes: number;
}

/** Builds the model; called afresh for each run. */
export type ModelBuilder = (context: ModelContext) => LayersModel | Promise<LayersModel>;

/** How long and how to train. */
export interface TrainDeclaration {
  /** Passes over the largest training domain. */
  readonly epochs: number;
  /** Images of each domain in a step, at least 2. */
  readonly batchSize: number;
  /** `adamW(...)`, `adam(...)` or `sgd(...)`. */
  readonly optimizer: OptimizerSpec;
  /** Largest Euclidean norm of all gradients taken together; larger ones are scaled down to it. */
  readonly clipNorm?: number;
  /** Share of each target that is spread evenly over all classes in training: 0. */
  readonly labelSmoothing?: number;
  /** Stops a phase once the validation accuracy has not improved for `patience` epochs. */
  readonly earlyStopping?: { readonly patience: number };
  /**
   * Names of the domains whose validation chooses the checkpoint and stops early. By default those
   * that are trained on with labels, only the real ones if there are any. A run that names a domain
   * whose labels may not be trained on is marked as oracle.
   */
  readonly selection?: readonly string[];
}

/** When two domains count as different at a layer. */
export interface FlagsDeclaration {
  /** Gap of a channel, in standard deviations of its activations, that does not matter: 0.1. */
  readonly tolerance?: number;
  /** Probability of any false flag in a run, over all layers, pairs and steps: 0.05. */
  readonly alpha?: number;
}

/** How often the costlier measurements are recorded. */
export interface RecordDeclaration {
  /** Steps between records of every channel's statistics and of distances between domains: 50. */
  readonly channelsEvery?: number;
  /** Steps between estimates of the maximum mean discrepancy: 50. */
  readonly mmdEvery?: number;
  /** Steps between looks at the domains that a phase does not train on: 10. */
  readonly probeEvery?: number;
}

/** What an experiment file declares. */
export interface ExperimentDeclaration {
  /** The kinds of data, by name; at least one, and at least one with labels. */
  readonly domains: Readonly<Record<string, DomainDeclaration>>;
  /** Steps from a source's image to the model's input, in order: `resize(...)`, `rescale(...)`. */
  readonly preprocess?: readonly PreprocessStep[];
  /**
   * Builds a model of ordinary `tf.layers` with ordinary `tf.layers.batchNormalization`. It maps
   * images `[batch, ...inputShape]` to class scores `[batch, classes]`.
   */
  readonly model: ModelBuilder;
  readonly train: TrainDeclaration;
  /** Settings by strategy name. */
  readonly strategies?: StrategiesDeclaration;
  readonly flags?: FlagsDeclaration;
  readonly record?: RecordDeclaration;
}

/** A valid experiment with its defaults filled in. */
export type Experiment = ExperimentDeclaration &
  Required<Pick<ExperimentDeclaration, 'preprocess' | 'strategies'>> & {
    readonly train: Required<Pick<TrainDeclaration, 'labelSmoothing'>>;
    readonly flags: Required<FlagsDeclaration>;
    readonly record: Required<RecordDeclaration>;
  };

const DEFINED: unique symbol = Symbol.for('bn-lens.experiment');

/** What {@link defineExperiment} returns: the default export of an experiment file. */
export interface DefinedExperiment {
  readonly [DEFINED]: ExperimentDeclaration;
}

/** Declares an experiment; it is checked when a run or the editor loads its file. */
export function defineExperiment(declaration: ExperimentDeclaration): DefinedExperiment {
  return { [DEFINED]: declaration };
}

/** Returns what was given to {@link defineExperiment}, or null for any other value. */
export function declarationOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && DEFINED in value ? value[DEFINED] : null;
}
