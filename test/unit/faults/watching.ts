import { FaultWatch, type FaultState } from '../../../src/faults/faultWatch.ts';
import type { WatchedRun } from '../../../src/faults/network.ts';
import type { AlignmentView } from '../../../src/faults/stepView.ts';
import type { FaultEvent } from '../../../src/protocol/faults.ts';

/** What a site sees of a domain: [channels] each, or one number for all channels, by default 4. */
export interface Seen {
  readonly mean?: number | readonly number[];
  readonly variance?: number | readonly number[];
  /** Standard error of the means, 0.1 deviations by default. */
  readonly meanSe?: number;
  readonly running?: { readonly mean: number; readonly variance: number };
  readonly gradientNorm?: number;
}

/** A watch that is shown injected statistics and keeps what it tells. */
export class Watching {
  readonly faults: FaultEvent[] = [];
  readonly watch: FaultWatch;
  #step: number;

  /** Goes on after step `from` if there is a state. */
  constructor(
    private readonly run: WatchedRun,
    state: FaultState | null = null,
    from = 0,
  ) {
    this.#step = from;
    this.watch = new FaultWatch(run, (fault) => this.faults.push(fault), state);
  }

  get found(): string[] {
    return this.faults.map(({ code, site, domain }) => [code, site, domain].join(' ').trimEnd());
  }

  /** Shows a number of steps, each alike: `seen` by site and domain. */
  show(
    steps: number,
    seen: readonly (readonly Seen[])[],
    losses = [1, 1],
    alignments: readonly AlignmentView[] = [],
  ): this {
    for (let k = 0; k < steps; k++) {
      this.#step++;
      seen.forEach((domains, site) => {
        this.watch.seeSite(
          site,
          domains.map((own, segment) => this.#domainView(own, segment)),
        );
      });
      this.watch.endStep(this.#step, new Map(losses.entries()), alignments);
    }
    return this;
  }

  #domainView(seen: Seen, segment: number) {
    const { mean = 0, variance = 1, meanSe = 0.1, gradientNorm = 0.1 } = seen;
    const { running = { mean: 0, variance: 1 } } = seen;
    const { domain, images } = this.run.segments[segment]!;
    const channels = typeof variance === 'number' ? 4 : variance.length;
    const perChannel = (values: number | readonly number[]): Float64Array =>
      typeof values === 'number'
        ? new Float64Array(channels).fill(values)
        : Float64Array.from(values);
    const moments = {
      images,
      pixels: 1,
      channels,
      mean: perChannel(mean),
      variance: perChannel(variance),
      meanSe: perChannel(meanSe),
      logVarianceSe: perChannel(0.1),
      meanInfluence: new Float64Array(),
      logVarianceInfluence: new Float64Array(),
    };
    const used = { mean: perChannel(running.mean), variance: perChannel(running.variance) };
    return { domain, moments, running: used, gradientNorm };
  }
}

/** What two healthy domains look like. */
export const HEALTHY: readonly Seen[] = [{}, {}];
