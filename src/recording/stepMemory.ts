import type { ImageSums } from '../stats/moments.ts';

/** What the statistics of a step are about; the same in every step of a run. */
export interface StepShape {
  /** Channels of each site. */
  readonly channels: readonly number[];
  /** The domains of a batch, in the order of its images. */
  readonly segments: readonly { readonly domain: number; readonly images: number }[];
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

/** The state of a {@link StepMemory}; as a message to another thread it is shared, not copied. */
export interface SharedSteps {
  readonly shape: StepShape;
  /** [1], the number of steps that the recorder's thread is done with. */
  readonly done: Int32Array;
  /** By slot, then by site. */
  readonly slots: readonly (readonly SiteMemory[])[];
}

/** Steps that training may be ahead of the recorder: an estimate of MMD takes as long as a few. */
const SLOTS = 8;

/**
 * Memory in which the training thread leaves what the sites saw, for the recorder's thread: room for
 * a few steps, used in turn. Each thread has a StepMemory of its own on what they share.
 */
export class StepMemory {
  #begun = 0;

  constructor(readonly shared: SharedSteps) {}

  static allocate(shape: StepShape): StepMemory {
    const slots = Array.from({ length: SLOTS }, () =>
      shape.channels.map((channels) => allocateSite(channels, shape)),
    );
    return new StepMemory({ shape, done: int32(1), slots });
  }

  /** Whether another step can begin. */
  get hasRoom(): boolean {
    return this.#begun - this.#done < SLOTS;
  }

  /** Begins a step; returns its room, by site, of sites that have seen nothing. */
  begin(): readonly SiteMemory[] {
    const sites = this.#slot(this.#begun++);
    for (const { pixels, gradientNorms } of sites) {
      pixels.fill(0);
      gradientNorms.fill(0);
    }
    return sites;
  }

  /** Returns what the sites saw in the oldest step that is not done; it stays until it is. */
  oldest(): SitePass[] {
    const images = imagesOf(this.shared.shape);
    return this.#slot(this.#done).flatMap(({ pixels: [pixels], shift, sums, ...pass }, site) => {
      if (pixels === undefined || pixels === 0) return [];
      const channels = shift.length;
      return [{ site, sums: { images, pixels, channels, shift, sums }, ...pass }];
    });
  }

  /** Counts the oldest step as done: its room serves another one. */
  finish(): void {
    Atomics.add(this.shared.done, 0, 1);
  }

  get #done(): number {
    return Atomics.load(this.shared.done, 0);
  }

  #slot(index: number): readonly SiteMemory[] {
    return this.shared.slots[index % SLOTS]!;
  }
}

function allocateSite(channels: number, shape: StepShape): SiteMemory {
  return {
    pixels: float64(1),
    shift: float32(channels),
    sums: float32(2 * channels * imagesOf(shape)),
    running: shape.segments.map(() => ({ mean: float32(channels), variance: float32(channels) })),
    gradientNorms: float64(shape.segments.length),
  };
}

function imagesOf({ segments }: StepShape): number {
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
