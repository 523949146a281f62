import type { DomainSegment, RunningStatistics, SiteObserver } from '../nn/batchContext.ts';
import type { SiteMemory, StepMemory } from '../recording/stepMemory.ts';
import type { ImageSums } from '../stats/moments.ts';

/**
 * Leaves what the BatchNorm layers see in a training step in the memory of the recorder, which makes
 * rows, flags and estimates of it on a thread of its own. Copying is all that a step pays for.
 */
export class SiteMonitor implements SiteObserver {
  #sites: readonly SiteMemory[] = [];
  #layout = 0;

  constructor(private readonly memory: StepMemory) {}

  /** Begins a step with a batch of a layout; what the layers report from here on belongs to it. */
  beginStep(layout: number): void {
    this.#layout = layout;
    this.#sites = this.memory.begin(layout);
  }

  forward(
    site: number,
    sums: ImageSums,
    _segments: readonly DomainSegment[],
    running: readonly RunningStatistics[],
  ): void {
    const memory = this.#of(site);
    memory.pixels[0] = sums.pixels;
    memory.shift.set(sums.shift);
    memory.sums.set(sums.sums);
    running.forEach(({ mean, variance }, segment) => {
      memory.running[segment]?.mean.set(mean);
      memory.running[segment]?.variance.set(variance);
    });
  }

  gradient(site: number, domain: number, norm: number): void {
    const { segments } = this.memory.shared.shape.layouts[this.#layout]!;
    this.#of(site).gradientNorms[segments.findIndex((segment) => segment.domain === domain)] = norm;
  }

  #of(site: number): SiteMemory {
    const memory = this.#sites[site];
    if (memory === undefined) {
      throw new Error(`site ${site} reported statistics but is not among the run's sites`);
    }
    return memory;
  }
}
