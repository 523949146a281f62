import {
  domainMoments,
  type DomainMoments,
  type ImageSums,
  type MomentsMemory,
} from '../stats/moments.ts';
import type { StatisticsKernel } from './statisticsKernel.ts';

/** Successive images of every batch at one site, and where their moments are computed. */
export class ImageRange {
  readonly #memory: MomentsMemory;

  /**
   * @param influences - of the kernel's memory, 2 · images · channels elements or more, which other
   *   ranges use too: whoever computes last has them
   */
  constructor(
    private readonly kernel: StatisticsKernel,
    private readonly first: number,
    readonly images: number,
    private readonly channels: number,
    private readonly influences: Float64Array,
  ) {
    this.#memory = kernel.moments(images, channels, influences);
  }

  /** Computes the moments in a step; they hold until the next. */
  moments(sums: ImageSums): DomainMoments {
    return domainMoments(sums, this.first, this.images, this.#memory);
  }

  /** Returns the range of so many images from the middle: as many of either half. */
  middle(images: number, influences: Float64Array): ImageRange {
    const first = this.first + ((this.images - images) >> 1);
    return new ImageRange(this.kernel, first, images, this.channels, influences);
  }

  /** Returns both halves, without the last image of an odd number; they use this range's influences. */
  halves(): readonly [ImageRange, ImageRange] {
    const images = Math.floor(this.images / 2);
    const half = (first: number, influences: Float64Array) =>
      new ImageRange(this.kernel, first, images, this.channels, influences);
    return [
      half(this.first, this.influences),
      half(this.first + images, this.influences.subarray(2 * images * this.channels)),
    ];
  }
}
