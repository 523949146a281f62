import type { ImageSums } from '../stats/moments.ts';
import { poolImageSums } from '../stats/poolImageSums.ts';
import type { DomainSegment, RunningStatistics, SiteObserver } from './batchContext.ts';

/** Gathers what the calls of one site compute in one pass, and tells the observer once. */
export class SiteRecorder {
  readonly #sums: ImageSums[] = [];
  #running: readonly RunningStatistics[] | null = null;
  /** Of each parameter, flat [segments, channels], summed over the calls so far. */
  #gradients: Float64Array[] = [];
  #backwardCalls = 0;

  /** `calls` is how many calls make up the site: 1, or the time steps of a pooled site. */
  constructor(
    private readonly site: number,
    private readonly calls: number,
    private readonly segments: readonly DomainSegment[],
    private readonly observer: SiteObserver,
  ) {}

  /**
   * Takes a call's sums, and the statistics of each segment as they were before the call. The sums
   * need not outlast it.
   */
  forward(sums: ImageSums, running: readonly RunningStatistics[]): void {
    this.#running ??= running;
    this.#sums.push(this.#sums.length + 1 < this.calls ? copyOf(sums) : sums);
    if (this.#sums.length < this.calls) return;
    this.observer.forward(this.site, poolImageSums(this.#sums), this.segments, this.#running);
  }

  /** Takes a call's gradients of γ and β as far as there are these, each flat [segments, channels]. */
  gradient(gradients: readonly Float32Array[]): void {
    if (this.#backwardCalls === 0) {
      this.#gradients = gradients.map((gradient) => new Float64Array(gradient));
    } else {
      this.#gradients.forEach((total, parameter) => {
        gradients[parameter]!.forEach((value, i) => {
          total[i]! += value;
        });
      });
    }
    this.#backwardCalls += 1;
    if (this.#backwardCalls < this.calls || gradients.length === 0) return;
    this.segments.forEach(({ domain }, segment) => {
      let squares = 0;
      for (const gradient of this.#gradients) {
        const channels = gradient.length / this.segments.length;
        for (let c = 0; c < channels; c++) squares += gradient[segment * channels + c]! ** 2;
      }
      this.observer.gradient(this.site, domain, Math.sqrt(squares));
    });
  }
}

function copyOf({ shift, sums, ...shape }: ImageSums): ImageSums {
  return { ...shape, shift: shift.slice(), sums: sums.slice() };
}
