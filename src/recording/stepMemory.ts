import type { TableRow, TableValue } from '../protocol/tables.ts';
import type { ImageSums } from '../stats/moments.ts';

/** What all batches of a kind bring. */
export interface BatchLayout {
  /** Their domains, in the order of the images. */
  readonly segments: readonly { readonly domain: number; readonly images: number }[];
  /**
   * Of a probe, the domains that the training batches of its steps bring: what concerns these alone
   * is told of those. Null of a training batch.
   */
  readonly trained: readonly number[] | null;
}

/** What the statistics of a run are about. */
export interface StepShape {
  /** Channels of each site. */
  readonly channels: readonly number[];
  readonly layouts: readonly BatchLayout[];
  /** How many losses align the domains. */
  readonly terms: number;
}

/** What one site saw in one step, in arrays that two threads share. */
export interface SiteMemory {
  /** [1], pixels of each image; 0 if the site saw nothing. */
  readonly pixels: Float64Array;
  readonly shift: Float32Array;
  readonly sums: Float32Array;
  /** Of each segment, [channels] each. */
  readonly running: readonly { readonly mean: Float32Array; readonly variance: Float32Array }[];
  /** Of each segment. */
  readonly gradientNorms: Float64Array;
}

/** What one forward and backward pass of one site left behind. */
export interface SitePass extends Pick<SiteMemory, 'running' | 'gradientNorms'> {
  readonly site: number;
  readonly sums: ImageSums;
}

/**
 * What a batch brought and said of each segment: NaN and null for one without labels, NaN for those
 * of a probe.
 */
export interface SegmentOutcome {
  readonly loss: number;
  readonly accuracy: number;
  /** The class of each image, negative where one has no label. */
  readonly labels: Int32Array | null;
}

/** What a loss that aligns the domains said of a step. */
export type AlignmentOutcome = Pick<TableRow<'alignments'>, TableValue<'alignments'>>;

/** A step as the recorder's thread finds it; its arrays serve another step once it is done. */
export interface RecordedStep {
  readonly step: number;
  /** Index of its batch's layout. */
  readonly layout: number;
  readonly outcomes: readonly SegmentOutcome[];
  /** Of each term; none if the step had too few domains for them. */
  readonly alignments: readonly AlignmentOutcome[];
  readonly passes: readonly SitePass[];
}

interface Slot {
  /** [1]. */
  readonly step: Float64Array;
  /** [1], index of the layout. */
  readonly layout: Int32Array;
  /** Of each segment. */
  readonly loss: Float64Array;
  readonly accuracy: Float64Array;
  /** Of each segment, [images]. */
  readonly labels: readonly Int32Array[];
  /** [1], how many terms there are in the step: all or none. */
  readonly terms: Int32Array;
  /** Loss, weight and accuracy of each term. */
  readonly alignments: Float64Array;
  readonly sites: readonly SiteMemory[];
}

/** The state of a {@link StepMemory}; as a message to another thread it is shared, not copied. */
export interface SharedSteps {
  readonly shape: StepShape;
  /** [2], how many steps are over, and how many of them the recorder's thread is done with. */
  readonly counts: Int32Array;
  readonly slots: readonly Slot[];
}

/** Steps that training may be ahead of the recorder: an estimate of MMD takes as long as a few. */
const SLOTS = 8;
const UNLABELLED = -1;
const OVER = 0;
const DONE = 1;

/**
 * Memory in which the training thread leaves its steps, probes among them, and what the sites saw in
 * them, for the recorder's thread: room for a few, used in turn. A step costs no message: waking a
 * thread takes longer than all the copying.
 */
export class StepMemory {
  constructor(readonly shared: SharedSteps) {}

  static allocate(shape: StepShape): StepMemory {
    const { layouts } = shape;
    const segments = Math.max(...layouts.map((layout) => layout.segments.length));
    const images = Math.max(...layouts.map(imagesOf));
    const slots = Array.from({ length: SLOTS }, () => ({
      step: float64(1),
      layout: int32(1),
      loss: float64(segments),
      accuracy: float64(segments),
      labels: Array.from({ length: segments }, () => int32(images)),
      terms: int32(1),
      alignments: float64(3 * shape.terms),
      sites: shape.channels.map((channels) => allocateSite(channels, segments, images)),
    }));
    return new StepMemory({ shape, counts: int32(2), slots });
  }

  /** How many steps there is room for. */
  get slots(): number {
    return this.shared.slots.length;
  }

  /** How many steps are over, done or not. */
  get over(): number {
    return this.#count(OVER);
  }

  /** How many steps are done. */
  get done(): number {
    return this.#count(DONE);
  }

  /** How many steps are over but not done. */
  get waiting(): number {
    return this.over - this.done;
  }

  /** Whether another step can begin. */
  get hasRoom(): boolean {
    return this.waiting < SLOTS;
  }

  /** Begins a step of a layout; returns the memory of the sites, which have seen nothing yet. */
  begin(index: number): readonly SiteMemory[] {
    const { sites, layout } = this.#slot(OVER);
    layout[0] = index;
    for (const { pixels, gradientNorms } of sites) {
      pixels.fill(0);
      gradientNorms.fill(0);
    }
    return sites;
  }

  /** Ends the step that began last; from here on the other thread sees it. */
  end(
    step: number,
    outcomes: readonly SegmentOutcome[],
    alignments: readonly AlignmentOutcome[],
  ): void {
    const slot = this.#slot(OVER);
    slot.step[0] = step;
    slot.loss.set(outcomes.map(({ loss }) => loss));
    slot.accuracy.set(outcomes.map(({ accuracy }) => accuracy));
    outcomes.forEach(({ labels }, segment) => {
      if (labels === null) slot.labels[segment]?.fill(UNLABELLED);
      else slot.labels[segment]?.set(labels);
    });
    slot.terms[0] = alignments.length;
    slot.alignments.set(
      alignments.flatMap(({ loss, weight, accuracy }) => [loss, weight, accuracy]),
    );
    Atomics.add(this.shared.counts, OVER, 1);
  }

  /** Returns the oldest of the steps that are waiting; there must be one. */
  oldest(): RecordedStep {
    const { step, layout, loss, accuracy, labels, terms, alignments, sites } = this.#slot(DONE);
    const own = this.shared.shape.layouts[layout[0]!]!;
    const images = imagesOf(own);
    return {
      step: step[0]!,
      layout: layout[0]!,
      outcomes: own.segments.map(({ images }, segment) => ({
        loss: loss[segment]!,
        accuracy: accuracy[segment]!,
        labels: knownLabels(labels[segment]!.subarray(0, images)),
      })),
      alignments: Array.from({ length: terms[0]! }, (_, term) => ({
        loss: alignments[3 * term]!,
        weight: alignments[3 * term + 1]!,
        accuracy: alignments[3 * term + 2]!,
      })),
      passes: sites.flatMap(({ pixels: [pixels], shift, sums, ...pass }, site) => {
        if (pixels === undefined || pixels === 0) return [];
        const channels = shift.length;
        const used = sums.subarray(0, 2 * images * channels);
        return [{ site, sums: { images, pixels, channels, shift, sums: used }, ...pass }];
      }),
    };
  }

  /** Counts the oldest step as done: its memory serves another one. */
  finish(): void {
    Atomics.add(this.shared.counts, DONE, 1);
  }

  #count(which: typeof OVER | typeof DONE): number {
    return Atomics.load(this.shared.counts, which);
  }

  #slot(which: typeof OVER | typeof DONE): Slot {
    return this.shared.slots[this.#count(which) % SLOTS]!;
  }
}

/** Null if no image has a label. */
function knownLabels(labels: Int32Array): Int32Array | null {
  return labels.every((label) => label === UNLABELLED) ? null : labels;
}

function allocateSite(channels: number, segments: number, images: number): SiteMemory {
  return {
    pixels: float64(1),
    shift: float32(channels),
    sums: float32(2 * channels * images),
    running: Array.from({ length: segments }, () => ({
      mean: float32(channels),
      variance: float32(channels),
    })),
    gradientNorms: float64(segments),
  };
}

function imagesOf({ segments }: BatchLayout): number {
  return segments.reduce((sum, { images }) => sum + images, 0);
}

function int32(length: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * length));
}

function float32(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(4 * length));
}

function float64(length: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(8 * length));
}
