import * as tf from '@tensorflow/tfjs';
import type { Handling } from '../protocol/run.ts';
import { UserError, type SourcePosition } from '../protocol/userError.ts';
import { batchMoments } from './batchMoments.ts';
import {
  BATCH_STATISTICS,
  type BatchContext,
  type DomainSegment,
  type RunningStatistics,
  type SiteLayer,
  type SiteParameters,
  type StatisticsTreatment,
  type TestNormalization,
} from './batchContext.ts';
import { batchNormalize } from './batchNormalize.ts';
import { constructionFrames } from './constructionFrames.ts';
import {
  moveStatistics,
  parametersOf,
  parameterValuesOf,
  runningOf,
  setStatistics,
  stackRows,
  type NormalizationBranch,
} from './normalizationBranch.ts';
import { SiteRecorder } from './siteRecorder.ts';
import {
  StockBatchNormalization,
  type BatchNormalizationArgs,
  type Constraint,
  type Regularizer,
} from './stockBatchNormalization.ts';

/** The sites of a layer's calls; see {@link SiteLayer.assignSites}. */
interface SiteAssignment {
  readonly first: number;
  readonly calls: number;
  readonly pooled: boolean;
}

/**
 * BatchNorm over the domains of a batch, with the arguments, defaults and conventions of
 * `tf.layers.batchNormalization` (momentum weighs the old value, moving variances are biased), for
 * inputs of rank 2 and more and any channel axis but the first.
 *
 * At first one set of weights serves all domains, and training normalizes with the moments of the
 * whole concatenated batch. After {@link split} each domain has weights of its own and is
 * normalized with its own images' moments. Each training call moves the statistics once; other
 * calls use the moving statistics, for each domain those that serve it. {@link treatStatistics}
 * changes what training uses, and whether it moves them.
 *
 * A frozen layer (`trainable` is false, on it or on a model around it) behaves as in Keras since
 * TensorFlow 2.0, not as in tfjs: γ and β stay, and training uses the moving statistics too and
 * does not move them.
 */
export class DomainBatchNormalization extends StockBatchNormalization implements SiteLayer {
  static readonly className = 'BatchNormalization';

  frames: readonly SourcePosition[];
  /** Whether it makes negative results 0, for a ReLU layer that leaves this to it. */
  isRectified = false;
  /** One for all domains, or one for each; none before the layer is built. */
  #branches: readonly NormalizationBranch[] = [];
  #domainNames: readonly string[] | null = null;
  #sites: SiteAssignment | null = null;
  #treatment: StatisticsTreatment = BATCH_STATISTICS;
  #calls = 0;
  #pooledRecorder: SiteRecorder | null = null;

  constructor(
    args: BatchNormalizationArgs,
    private readonly context: BatchContext,
  ) {
    super(args);
    this.frames = constructionFrames();
    context.register(this);
  }

  get channels(): number {
    return this.#branches[0]?.movingMean.shape[0] ?? 0;
  }

  get handling(): Handling {
    return this.#domainNames === null ? 'mixed' : 'handled';
  }

  get calls(): number {
    return this.#calls;
  }

  get sites(): readonly number[] {
    if (this.#sites === null) return [];
    const { first, calls, pooled } = this.#sites;
    return Array.from({ length: pooled ? Math.min(calls, 1) : calls }, (_, call) => first + call);
  }

  get parameters(): readonly SiteParameters[] {
    return this.#branches.map(parameterValuesOf);
  }

  /** Whether training leaves this layer as it is. */
  get frozen(): boolean {
    // Freezing a container marks its layers' weights, not its layers.
    const parameters = this.#branches.flatMap(parametersOf);
    return !this.trainable || (parameters.length > 0 && !parameters.some((w) => w.trainable));
  }

  assignSites(first: number, calls: number, pooled: boolean): void {
    this.#sites = { first, calls, pooled };
  }

  atTest(domain: number): TestNormalization {
    const branch = this.#branchOf(domain);
    return { ...parameterValuesOf(branch), ...runningOf(branch) };
  }

  replaceStatistics(domain: number, statistics: RunningStatistics): void {
    setStatistics(this.#branchOf(domain), statistics);
  }

  startPass(): void {
    this.#calls = 0;
    this.#pooledRecorder = null;
  }

  split(domainNames: readonly string[]): void {
    this.#domainNames = domainNames;
    if (this.built) this.#splitWeights(domainNames);
  }

  treatStatistics(treatment: StatisticsTreatment): void {
    this.#treatment = treatment;
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    if (this.axis === 0) {
      throw new UserError(`layer "${this.name}" has the batch axis as its channel axis`, {
        hint: 'Set axis to that of the channels; by default it is the last one.',
      });
    }
    super.build(inputShape);
    const { gamma, beta, movingMean, movingVariance } = this;
    if (movingMean === undefined || movingVariance === undefined) {
      throw new Error(`layer "${this.name}" was built without moving statistics`);
    }
    this.#branches = [{ gamma, beta, movingMean, movingVariance }];
    if (this.#domainNames !== null) this.#splitWeights(this.#domainNames);
  }

  override call(
    inputs: tf.Tensor | tf.Tensor[],
    kwargs: Readonly<Record<string, unknown>>,
  ): tf.Tensor {
    const [x] = [inputs].flat();
    if (x === undefined) throw new Error(`layer "${this.name}" was called without an input`);
    const training = this.context.pass?.training ?? kwargs['training'] === true;
    const axis = this.axis < 0 ? x.rank + this.axis : this.axis;
    return tf.tidy(() => {
      if (axis === x.rank - 1) return this.#normalize(x, training);
      const axes = x.shape.map((_, k) => k);
      const channelsLast = [...axes.filter((k) => k !== axis), axis];
      const inverse = axes.map((k) => channelsLast.indexOf(k));
      return tf.transpose(this.#normalize(tf.transpose(x, channelsLast), training), inverse);
    });
  }

  /** Normalizes x, [rows, ..., channels]; its rank is 2 or more. */
  #normalize(x: tf.Tensor, training: boolean): tf.Tensor {
    const { channels, epsilon } = this;
    const segments = this.context.segmentsOf(x.shape[0], this.name);
    const branches = this.#branchesOf(segments);
    const recorder = this.#recorderOfCall(segments);
    const { statisticsUsed, statisticsUpdated } = this.#treatment;
    const ownMoments = training && !this.frozen && statisticsUsed === 'batch';
    const moves = training && !this.frozen && statisticsUpdated;
    if (ownMoments) this.#refuseSingleImages(segments);
    const images = totalImages(segments);

    const rows = (weight: keyof NormalizationBranch, absent: number): tf.Tensor2D =>
      stackRows(branches, weight, channels, absent);
    const y = batchNormalize(
      {
        x: tf.reshape(x, [images, x.size / (images * channels), channels]),
        gamma: rows('gamma', 1),
        beta: rows('beta', 0),
        mean: rows('movingMean', 0),
        variance: rows('movingVariance', 1),
      },
      {
        segments: segments.map((segment) => segment.images),
        rows: branches.length,
        epsilon,
        ownMoments,
        wantsSums: recorder !== null || (moves && !ownMoments),
        isRectified: this.isRectified,
      },
      {
        forward: (used, sums) => {
          if (sums === null && !moves) return;
          const running = branches.map(runningOf);
          if (sums !== null) {
            recorder?.forward(
              sums,
              segments.map((_, segment) => running[branches.length === 1 ? 0 : segment]!),
            );
          }
          if (!moves) return;
          const batch =
            ownMoments || sums === null ? used : batchMoments(sums, segments, branches.length);
          this.#moveStatistics(branches, running, batch);
        },
        gradient: (dGamma, dBeta) => {
          recorder?.gradient([...(this.scale ? [dGamma] : []), ...(this.center ? [dBeta] : [])]);
        },
      },
    );
    return tf.reshape(y, x.shape);
  }

  #moveStatistics(
    branches: readonly NormalizationBranch[],
    running: readonly RunningStatistics[],
    batch: RunningStatistics,
  ): void {
    branches.forEach((branch, row) => {
      const own = [row * this.channels, (row + 1) * this.channels] as const;
      moveStatistics(
        branch,
        running[row]!,
        { mean: batch.mean.subarray(...own), variance: batch.variance.subarray(...own) },
        this.momentum,
      );
    });
  }

  /** Returns the one branch that serves all segments, or each segment's own. */
  #branchesOf(segments: readonly DomainSegment[]): readonly NormalizationBranch[] {
    if (this.#domainNames === null) return this.#branches;
    return segments.map(({ domain }) => this.#branchOf(domain));
  }

  #branchOf(domain: number): NormalizationBranch {
    const branch = this.#branches[this.#domainNames === null ? 0 : domain];
    if (branch === undefined) throw new Error(`layer "${this.name}" has no domain ${domain}`);
    return branch;
  }

  /** Counts a call; returns what records it, or null if nobody listens. */
  #recorderOfCall(segments: readonly DomainSegment[]): SiteRecorder | null {
    const call = this.#calls++;
    const observer = this.context.pass?.observer;
    if (this.#sites === null || observer === undefined) return null;
    const { first, calls, pooled } = this.#sites;
    if (call >= calls) {
      throw new UserError(
        `layer "${this.name}" was called more than the ${calls} times of the first forward pass`,
        { hint: 'Let every forward pass call it equally often.' },
      );
    }
    if (!pooled) return new SiteRecorder(first + call, 1, segments, observer);
    this.#pooledRecorder ??= new SiteRecorder(first, calls, segments, observer);
    return this.#pooledRecorder;
  }

  /** Of a single image, every value equals its mean: the layer would put out β alone. */
  #refuseSingleImages(segments: readonly DomainSegment[]): void {
    const images =
      this.#domainNames === null
        ? totalImages(segments)
        : Math.min(...segments.map((segment) => segment.images));
    if (images > 1) return;
    throw new UserError(
      `the batch is too small for BatchNorm: layer "${this.name}" cannot normalize over one image`,
      { hint: 'Raise batchSize to 2 or more.', field: ['train', 'batchSize'] },
    );
  }

  /** Replaces the one branch by one for each domain, with copies of its weights. */
  #splitWeights(domainNames: readonly string[]): void {
    const [common] = this.#branches;
    if (common === undefined) throw new Error(`layer "${this.name}" has no weights to split`);
    const { gamma, beta, movingMean, movingVariance } = common;
    this.losses.length = 0;
    this.trainableWeights = [];
    this.nonTrainableWeights = [];
    this.#branches = domainNames.map((domain) => ({
      gamma:
        gamma &&
        this.#copyWeight(gamma, `${domain}/gamma`, this.gammaRegularizer, this.gammaConstraint),
      beta:
        beta && this.#copyWeight(beta, `${domain}/beta`, this.betaRegularizer, this.betaConstraint),
      movingMean: this.#copyWeight(movingMean, `${domain}/moving_mean`),
      movingVariance: this.#copyWeight(movingVariance, `${domain}/moving_variance`),
    }));
    for (const weight of [gamma, beta, movingMean, movingVariance]) weight?.dispose();
  }

  #copyWeight(
    source: tf.LayerVariable,
    name: string,
    regularizer?: Regularizer,
    constraint?: Constraint,
  ): tf.LayerVariable {
    const parameter = source === this.gamma || source === this.beta;
    const copy = this.addWeight(
      `${this.name}/${name}`,
      [...source.shape],
      source.dtype,
      tf.initializers.zeros(),
      regularizer,
      parameter,
      constraint,
    );
    copy.trainable = source.trainable;
    tf.tidy(() => {
      copy.write(source.read());
    });
    return copy;
  }
}

function totalImages(segments: readonly DomainSegment[]): number {
  return segments.reduce((sum, { images }) => sum + images, 0);
}
