import type { CorrectedCall, CorrectionScheme } from './domainScheme.ts';
import type { RunningStatistics } from './domainSegment.ts';

/**
 * Lets channels in which the domains are alike count more (TransNorm, Wang et al., NeurIPS 2019):
 * y = (1 + α)·(γx̂ + β) with the distance d = |μa/√(σa² + ε) − μb/√(σb² + ε)| of each channel, the mean
 * over all pairs of domains, and α = C·(1 + d)⁻¹/Σ(1 + d)⁻¹, whose mean over the C channels is 1. α is
 * a constant to the gradient. A domain that the batch lacks counts with its moving statistics, as all
 * do at test.
 */
export const transNormCorrection: CorrectionScheme = () => (call) => {
  const { channels, segments } = call;
  const likeness = likenessOf(statisticsOfDomains(call), call);
  const total = likeness.reduce((sum, value) => sum + value, 0);
  return {
    gain: Float32Array.from(
      { length: segments.length * channels },
      (_, k) => 1 + (channels * likeness[k % channels]!) / total,
    ),
  };
};

function statisticsOfDomains({
  segments,
  channels,
  used,
  ownMoments,
  moving,
}: CorrectedCall): RunningStatistics[] {
  return moving.map((statistics, domain) => {
    const row = segments.findIndex((segment) => segment.domain === domain);
    if (!ownMoments || row < 0) return statistics.read();
    const own = [row * channels, (row + 1) * channels] as const;
    return { mean: used.mean.subarray(...own), variance: used.variance.subarray(...own) };
  });
}

/** (1 + d)⁻¹ of each channel. */
function likenessOf(
  statistics: readonly RunningStatistics[],
  { channels, epsilon }: CorrectedCall,
): Float64Array {
  const standardized = statistics.map(({ mean, variance }) =>
    Float64Array.from(mean, (value, c) => value / Math.sqrt(variance[c]! + epsilon)),
  );
  const distances = new Float64Array(channels);
  const pairs = (standardized.length * (standardized.length - 1)) / 2;
  for (const [index, a] of standardized.entries()) {
    for (const b of standardized.slice(0, index)) {
      for (let c = 0; c < channels; c++) distances[c]! += Math.abs(a[c]! - b[c]!) / pairs;
    }
  }
  return distances.map((distance) => 1 / (1 + distance));
}
