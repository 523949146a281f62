import { Clearance, type ClearanceSnapshot } from './clearance.ts';
import type { PairDivergence } from './divergence.ts';
import { eBenjaminiHochberg } from './eBenjaminiHochberg.ts';
import { EProcess, type EProcessOptions, type EProcessSnapshot } from './eProcess.ts';

/** What a rule is told once; `level` is α / tests. */
export interface FlagRuleOptions extends EProcessOptions {
  /** α, at which lists of channels are drawn up. */
  readonly alpha: number;
}

/** The state of a {@link FlagRule}; survives JSON exactly. */
export interface FlagRuleSnapshot {
  readonly evidence: EProcessSnapshot;
  readonly lowest: LowPoint;
  readonly raised: { readonly step: number; readonly clearance: ClearanceSnapshot } | null;
}

/** That a flag was raised. */
export interface Raised {
  /** The step after the evidence was lowest: about where the difference began, or earlier. */
  readonly onset: number;
  /** The channels that differ by their own evidence, strongest first (e-BH at α). */
  readonly channels: readonly number[];
}

/** That a raised flag was taken back. */
export interface Cleared {
  /** Where it had been raised. */
  readonly raisedAt: number;
  /** Natural logarithm of the e-value against the difference. */
  readonly logE: number;
}

/** What a rule has to say of a step. */
export interface Verdict {
  /** Natural logarithm of the e-value for a difference, since the flag was last cleared. */
  readonly logE: number;
  readonly raised?: Raised;
  readonly cleared?: Cleared;
}

/** Where the evidence was lowest, and how low. */
interface LowPoint {
  readonly step: number;
  readonly logE: number;
}

/**
 * Raises a flag when the evidence that two domains differ at one site reaches tests / α, and takes
 * it back when the evidence that they do so no more reaches the same.
 *
 * With `tests` = sites × pairs of them, the probability that a run in which nothing differs by more
 * than the tolerance is ever flagged is at most α. After a flag was cleared the search begins anew
 * as a test of its own, with the same level: a rule that cleared k flags may raise k + 1 in error,
 * each with probability α / tests.
 */
export class FlagRule {
  private evidence: EProcess;
  private lowest: LowPoint;
  private raised: { readonly step: number; readonly clearance: Clearance } | null = null;

  constructor(private readonly options: FlagRuleOptions) {
    this.evidence = new EProcess(options);
    this.lowest = { step: 0, logE: this.evidence.logE };
  }

  /** Goes on where a snapshot was taken; throws a RangeError if it is of another site. */
  static restore(options: FlagRuleOptions, snapshot: FlagRuleSnapshot): FlagRule {
    const rule = new FlagRule(options);
    rule.evidence = EProcess.restore(options, snapshot.evidence);
    rule.lowest = snapshot.lowest;
    if (snapshot.raised !== null) {
      const { step, clearance } = snapshot.raised;
      rule.raised = { step, clearance: Clearance.restore(clearance) };
    }
    return rule;
  }

  /** Returns the natural logarithm of tests / α. */
  get logThreshold(): number {
    return -Math.log(this.options.level);
  }

  /** Returns the natural logarithms of each channel's own e-value, [channels]. */
  channelLogE(): number[] {
    return this.evidence.channelLogE();
  }

  snapshot(): FlagRuleSnapshot {
    const { raised } = this;
    return {
      evidence: this.evidence.snapshot(),
      lowest: this.lowest,
      raised: raised && { step: raised.step, clearance: raised.clearance.snapshot() },
    };
  }

  /** Judges a step; arguments as of {@link EProcess.update}. */
  update(step: number, divergence: PairDivergence, images: readonly [number, number]): Verdict {
    const logE = this.evidence.update(divergence, images);
    if (this.raised !== null) {
      const { clearance } = this.raised;
      const { channels } = clearance;
      clearance.update(divergence, {
        squaredTolerance: this.evidence.squaredTolerable(divergence, images, channels),
        correlationSquares: this.evidence.correlationSquares(2 * channels.length),
        samplingFraction: this.evidence.samplingFraction(images),
      });
      const against = clearance.logE;
      if (against < this.logThreshold) return { logE };
      const cleared: Cleared = { raisedAt: this.raised.step, logE: against };
      this.raised = null;
      this.evidence.restart();
      this.lowest = { step, logE: this.evidence.logE };
      return { logE: this.evidence.logE, cleared };
    }
    // Without any bet yet, the evidence has not been lower since the start.
    if (logE < this.lowest.logE || (logE === this.lowest.logE && this.lowest.step > 0)) {
      this.lowest = { step, logE };
    }
    if (logE < this.logThreshold) return { logE };
    const channels = eBenjaminiHochberg(this.evidence.channelLogE(), this.options.alpha);
    // What all channels together have shown can move from one to another.
    const all = this.evidence.isOfLayer || channels.length === 0;
    const differing = all ? [...Array(this.options.channels).keys()] : channels;
    this.raised = { step, clearance: new Clearance(differing) };
    return { logE, raised: { onset: this.lowest.step + 1, channels } };
  }
}
