import * as tf from '@tensorflow/tfjs';
import type { CorrectionScheme } from './domainScheme.ts';

/** How far training may follow the moving statistics; counts are of a layer's training calls. */
export interface RenormLimits {
  /** Greatest ratio of the deviations, at least 1. */
  readonly rmax: number;
  /** Greatest distance of the means, in deviations. */
  readonly dmax: number;
  /** Calls that normalize as ordinary BatchNorm does, until there are moving statistics to follow. */
  readonly warmup: number;
  /** Calls after these in which the limits grow to `rmax` and `dmax`. */
  readonly ramp: number;
}

/**
 * Lets training normalize as test does (Batch Renormalization, Ioffe, NeurIPS 2017):
 * x̂ = r·(x − μB)/√(σB² + ε) + d with the constants r = √(σB² + ε)/√(σ² + ε), within [1/rmax, rmax], and
 * d = (μB − μ)/√(σ² + ε), within [−dmax, dmax], where μ and σ² are the moving statistics.
 */
export function batchRenormCorrection({
  rmax,
  dmax,
  warmup,
  ramp,
}: RenormLimits): CorrectionScheme {
  return (host) => {
    const calls = host.keep('renorm_calls', [1]);
    return ({ segments, channels, epsilon, used, ownMoments, moving }) => {
      const [statistics] = moving;
      if (!ownMoments || statistics === undefined) return null;
      const [call = 0] = calls.read().dataSync();
      tf.tidy(() => {
        calls.write(tf.tensor1d([call + 1]));
      });
      const share = Math.min(1, Math.max(0, (call - warmup) / Math.max(1, ramp)));
      const ratio = 1 + share * (rmax - 1);
      const distance = share * dmax;
      const { mean, variance } = statistics.read();
      const length = segments.length * channels;
      const stretch = new Float32Array(length);
      const shift = new Float32Array(length);
      for (let k = 0; k < length; k++) {
        const c = k % channels;
        const row = k % used.mean.length;
        const deviation = Math.sqrt(variance[c]! + epsilon);
        const r = Math.sqrt(used.variance[row]! + epsilon) / deviation;
        const d = (used.mean[row]! - mean[c]!) / deviation;
        stretch[k] = Math.min(ratio, Math.max(1 / ratio, r));
        shift[k] = Math.min(distance, Math.max(-distance, d));
      }
      return { stretch, shift };
    };
  };
}
