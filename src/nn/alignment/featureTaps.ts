import * as tf from '@tensorflow/tfjs';
import { UserError } from '../../protocol/userError.ts';
import type { BatchContext } from '../batchContext.ts';

/** Whether a layer's own outputs are looked at, or what it reads. */
export type TapSide = 'input' | 'output';

/** What a loss sees of one layer. */
export interface FeatureTap {
  readonly layer: string;
  readonly side: TapSide;
  /** Features of an image: all that the layer takes in or puts out for it. */
  readonly size: number;
  /** The features of the forward pass under way, [images, size]. */
  features(): tf.Tensor2D;
}

/** Lets losses look at what passes through layers of a model in a training step. */
export class FeatureTaps {
  readonly #taps = new Map<tf.layers.Layer, Map<TapSide, Tap>>();

  constructor(
    private readonly model: tf.LayersModel,
    private readonly context: BatchContext,
  ) {}

  /** The layers that are looked at; none of them may leave its work to another one. */
  get layers(): ReadonlySet<tf.layers.Layer> {
    return new Set(this.#taps.keys());
  }

  /**
   * Opens a tap, by a forward pass of a blank image, or returns the one that is there.
   * @throws UserError for a layer that a pass calls never or more than once.
   */
  at(layer: tf.layers.Layer, side: TapSide): FeatureTap {
    const own = this.#taps.get(layer) ?? new Map<TapSide, Tap>();
    const present = own.get(side);
    if (present !== undefined) return present;
    const tap = new Tap(layer, side, this.context);
    this.#taps.set(layer, own.set(side, tap));
    this.context.begin({ segments: [{ domain: 0, images: 1 }], training: false });
    this.during(() => {
      tf.tidy(() => {
        const shapes = this.model.inputs.map(({ shape }) => [1, ...shape.slice(1).map(Number)]);
        const blank = shapes.map((shape) => tf.zeros(shape));
        this.model.apply(blank, { training: false });
        tap.size = tap.features().shape[1];
      });
    });
    this.context.end();
    return tap;
  }

  /** Runs an action with one forward pass, of which the taps have the features until it is over. */
  during<T>(action: () => T): T {
    const taps = [...this.#taps.values()].flatMap((own) => [...own.values()]);
    for (const tap of taps) tap.open();
    try {
      return action();
    } finally {
      for (const tap of taps) tap.close();
    }
  }
}

class Tap implements FeatureTap {
  size = 0;
  #isOpen = false;
  #features: tf.Tensor2D | null = null;

  constructor(
    private readonly of: tf.layers.Layer,
    readonly side: TapSide,
    private readonly context: BatchContext,
  ) {
    const call = of.call.bind(of);
    of.call = (inputs, kwargs) => {
      const outputs = call(inputs, kwargs);
      if (this.#isOpen) this.#take(side === 'input' ? inputs : outputs);
      return outputs;
    };
  }

  get layer(): string {
    return this.of.name;
  }

  features(): tf.Tensor2D {
    if (this.#features !== null) return this.#features;
    throw new UserError(`layer "${this.layer}" is not called in a forward pass`, {
      hint: 'Name a layer that is: its features are what is aligned.',
    });
  }

  open(): void {
    this.#isOpen = true;
  }

  close(): void {
    this.#isOpen = false;
    this.#features?.dispose();
    this.#features = null;
  }

  #take(tensors: tf.Tensor | tf.Tensor[]): void {
    if (this.#features !== null) {
      throw new UserError(`layer "${this.layer}" is called more than once in a forward pass`, {
        hint: 'Name a layer that is called once, such as the one around it: which of the calls to align is not clear.',
      });
    }
    const [x] = [tensors].flat();
    const images = this.context.pass?.segments.reduce((sum, segment) => sum + segment.images, 0);
    if (x === undefined || images === undefined) throw new Error('there is nothing to look at');
    // Layers tidy up what they do not return, and this is not returned by any.
    this.#features = tf.keep(tf.reshape<tf.Rank.R2>(x, [images, x.size / images]));
  }
}
