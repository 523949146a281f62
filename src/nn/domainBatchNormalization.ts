import * as tf from '@tensorflow/tfjs';
import type { Handling } from '../protocol/run.ts';
import { UserError, type SourcePosition } from '../protocol/userError.ts';
import type { Affine } from './affine.ts';
import { correctedAtTest } from './affineCorrection.ts';
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
import { MIXED_SCHEME, type DomainScheme } from './domainScheme.ts';
import { arrangeWeights, type DomainWeights } from './domainWeights.ts';
import { MovingStatistics } from './movingStatistics.ts';
import { imageStatistics, readEach, rowOf, sumSegments, totalImages } from './segmentRows.ts';
import { SiteRecorder } from './siteRecorder.ts';
import { StockBatchNormalization, type BatchNormalizationArgs } from './stockBatchNormalization.ts';

/** The sites of a layer's calls; see {@link SiteLayer.assignSites}. */
interface SiteAssignment {
  readonly first: number;
  readonly calls: number;
  readonly pooled: boolean;
}

/** What tfjs' layers keep their weights in. */
interface WeightLists {
  _trainableWeights: readonly tf.LayerVariable[];
  _nonTrainableWeights: readonly tf.LayerVariable[];
}

/**
 * BatchNorm over the domains of a batch, with the arguments, defaults and conventions of
 * `tf.layers.batchNormalization` (momentum weighs the old value, moving variances are biased), for
 * inputs of rank 2 and more and any channel axis but the first.
 *
 * At first one set of weights serves all domains, and training normalizes with the moments of the
 * whole concatenated batch; {@link treatDomains} changes both. Each training call moves the
 * statistics once; other calls use the moving statistics, for each domain those that serve it.
 * {@link treatStatistics} changes what training uses, and whether it moves them.
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
  /** Whether it keeps the largest of each square of 2 × 2 pixels, for a max pooling layer after it. */
  isPooled = false;
  #scheme: DomainScheme = MIXED_SCHEME;
  /** What the scheme made of the weights; null before the layer is built. */
  #parts: DomainWeights | null = null;
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
    return this.#parts?.channels ?? 0;
  }

  get handling(): Handling {
    return this.#scheme.statistics === 'mixed' ? 'mixed' : 'handled';
  }

  get hasOwnParameters(): boolean {
    return this.#parts?.affine.isOwn ?? false;
  }

  get hasMovingStatistics(): boolean {
    return this.#scheme.statistics !== 'image';
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
    if (this.#parts === null) return [];
    const { affine } = this.#parts;
    return (affine.isOwn ? this.#scheme.domains.map((_, domain) => domain) : [0]).map((domain) =>
      this.#parametersOf(affine, domain),
    );
  }

  /** Whether training leaves this layer as it is. */
  get frozen(): boolean {
    // Freezing a container marks its layers' weights, not its layers.
    const parameters = this.#parts?.affine.weights ?? [];
    return !this.trainable || (parameters.length > 0 && !parameters.some((w) => w.trainable));
  }

  atTest(domain: number): TestNormalization {
    const { affine, channels, moving, correct } = this.#built;
    const { gamma, beta } = this.#parametersOf(affine, domain);
    const used = this.#movingOf(domain).read();
    const correction = correct?.({
      segments: [{ domain, images: 1 }],
      channels,
      epsilon: this.epsilon,
      gamma: gamma ?? new Float32Array(channels).fill(1),
      used,
      ownMoments: false,
      moving,
    });
    if (correction == null) return { gamma, beta, ...used };
    return correctedAtTest({ gamma, beta, ...used }, correction, this.epsilon);
  }

  statisticsOf(domain: number): RunningStatistics {
    const { mean, variance } = this.#movingOf(domain).read();
    return { mean: mean.slice(), variance: variance.slice() };
  }

  replaceStatistics(domain: number, statistics: RunningStatistics): void {
    this.#movingOf(domain).write(statistics);
  }

  adopt(domain: number, from: number): void {
    const { affine } = this.#built;
    affine.adopt?.(domain, from);
    if (this.handling === 'handled' && this.hasMovingStatistics) {
      this.#movingOf(domain).write(this.#movingOf(from).read());
    }
  }

  assignSites(first: number, calls: number, pooled: boolean): void {
    this.#sites = { first, calls, pooled };
  }

  startPass(): void {
    this.#calls = 0;
    this.#pooledRecorder = null;
  }

  treatDomains(scheme: DomainScheme): void {
    this.#scheme = scheme;
    if (this.built) this.#arrange();
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
    this.#arrange();
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
    const { channels, affine, moving, correct } = this.#built;
    const { epsilon } = this;
    const segments = this.context.segmentsOf(x.shape[0], this.name);
    const recorder = this.#recorderOfCall(segments);
    const images = totalImages(segments);
    const pixels = x.size / (images * channels);
    const { statisticsUsed, statisticsUpdated } = this.#treatment;
    const trains = training && !this.frozen;
    const rows = this.#rowsOf(segments);
    const ownMoments = rows === null || (trains && statisticsUsed === 'batch');
    const moves = rows !== null && trains && statisticsUpdated;
    if (rows !== null && ownMoments) this.#refuseSingleImages(segments, rows.length);

    // Where each image has its own statistics it is a segment of its own.
    const kernelSegments =
      rows === null ? Array<number>(images).fill(1) : segments.map((segment) => segment.images);
    const correctedCall = { segments, channels, epsilon, ownMoments, moving };
    const y = batchNormalize(
      {
        x: tf.reshape(x, [images, pixels, channels]),
        ...affine.rows(segments.map(({ domain }) => domain)),
        given: ownMoments ? null : MovingStatistics.stack(rows),
      },
      {
        segments: kernelSegments,
        rows: rows?.length ?? images,
        groupSize: this.#scheme.groupSize(channels, pixels),
        epsilon,
        isRectified: this.isRectified,
        pooledColumns: this.isPooled ? x.shape[2]! / 2 : null,
        wantsMoments: recorder !== null || moves,
        correct: correct && ((gamma, used) => correct({ ...correctedCall, gamma, used })),
      },
      {
        moments: (batch, sums) => {
          recorder?.forward(
            sums,
            rows === null ? imageStatistics(sums, segments) : readEach(rows, segments),
          );
          if (moves)
            rows.forEach((row, k) => {
              row.move(rowOf(batch, k, channels), this.momentum);
            });
        },
        gradient: (...gradients) => {
          const own = gradients.filter((_, k) => (k === 0 ? this.scale : this.center));
          recorder?.gradient(
            rows === null ? own.map((gradient) => sumSegments(gradient, segments)) : own,
          );
        },
      },
    );
    return tf.reshape(y, this.isPooled ? halved(x.shape) : x.shape);
  }

  #parametersOf(affine: Affine, domain: number): SiteParameters {
    let values: SiteParameters = { gamma: null, beta: null };
    tf.tidy(() => {
      const { gamma, beta } = affine.rows([domain]);
      values = {
        gamma: this.scale ? gamma.dataSync<'float32'>() : null,
        beta: this.center ? beta.dataSync<'float32'>() : null,
      };
    });
    return values;
  }

  get #built(): DomainWeights {
    if (this.#parts === null) throw new Error(`layer "${this.name}" is not built`);
    return this.#parts;
  }

  /**
   * Returns the moving statistics of each row of moments: one row for all segments, or one each; null
   * where each image has its own.
   */
  #rowsOf(segments: readonly DomainSegment[]): readonly MovingStatistics[] | null {
    const { statistics, forward } = this.#scheme;
    if (statistics === 'image') return null;
    if (statistics === 'mixed' && forward === 'concatenated') return this.#built.moving;
    return segments.map(({ domain }) => this.#movingOf(domain));
  }

  #movingOf(domain: number): MovingStatistics {
    if (!this.hasMovingStatistics) {
      throw new UserError(
        `layer "${this.name}" keeps no statistics: it normalizes each image with its own`,
        { hint: 'Choose another normalization than group for it.' },
      );
    }
    const moving = this.#built.moving[this.#scheme.statistics === 'mixed' ? 0 : domain];
    if (moving === undefined) throw new Error(`layer "${this.name}" has no domain ${domain}`);
    return moving;
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
  #refuseSingleImages(segments: readonly DomainSegment[], rows: number): void {
    const images =
      rows === 1 ? totalImages(segments) : Math.min(...segments.map((segment) => segment.images));
    if (images > 1) return;
    throw new UserError(
      `the batch is too small for BatchNorm: layer "${this.name}" cannot normalize over one image`,
      { hint: 'Raise batchSize to 2 or more.', field: ['train', 'batchSize'] },
    );
  }

  /** Lets the weights serve the domains as the scheme says. */
  #arrange(): void {
    this.#parts = arrangeWeights(this, this.#scheme, {
      add: (name, shape, initializer, trainable, regularizer, constraint) =>
        this.addWeight(
          `${this.name}/${name}`,
          shape,
          'float32',
          initializer,
          regularizer,
          trainable,
          constraint,
        ),
      drop: (weights) => {
        const lists = this as unknown as WeightLists;
        const kept = (weight: tf.LayerVariable) => !weights.includes(weight);
        lists._trainableWeights = lists._trainableWeights.filter(kept);
        lists._nonTrainableWeights = lists._nonTrainableWeights.filter(kept);
        for (const weight of weights) weight.dispose();
      },
    });
  }
}

/** The shape that pooling squares of 2 × 2 pixels leaves of [images, height, width, channels]. */
function halved([images, height, width, channels]: readonly number[]): number[] {
  return [images!, height! / 2, width! / 2, channels!];
}
