import * as tf from '@tensorflow/tfjs';
import {
  BatchContext,
  type DomainSegment,
  type SiteObserver,
} from '../../../src/nn/batchContext.ts';
import { separateAffine } from '../../../src/nn/affine.ts';
import { MIXED_SCHEME, type DomainScheme } from '../../../src/nn/domainScheme.ts';
import { DomainBatchNormalization } from '../../../src/nn/domainBatchNormalization.ts';
import type { BatchNormalizationArgs } from '../../../src/nn/stockBatchNormalization.ts';
import { userNamespace } from '../../../src/nn/userNamespace.ts';
import type { ImageSums } from '../../../src/stats/moments.ts';

/** A context and the tfjs that user code would import. */
export function userCode(warn: (message: string) => void = () => undefined) {
  const context = new BatchContext();
  return { context, ours: userNamespace(tf, context, warn) };
}

/** One layer, built for inputs of a shape (without the batch axis). */
export function builtLayer(args: BatchNormalizationArgs, shape: readonly number[]) {
  const context = new BatchContext();
  const layer = new DomainBatchNormalization(args, context);
  layer.build([null, ...shape]);
  return { context, layer };
}

/** Puts an observer's reports into lists. */
export class Reports implements SiteObserver {
  readonly sums: [site: number, ImageSums][] = [];
  readonly running: { mean: number[]; variance: number[] }[][] = [];
  readonly norms: [site: number, domain: number, norm: number][] = [];

  forward(...[site, sums, , running]: Parameters<SiteObserver['forward']>): void {
    this.sums.push([site, { ...sums, shift: sums.shift.slice(), sums: sums.sums.slice() }]);
    this.running.push(
      running.map(({ mean, variance }) => ({ mean: [...mean], variance: [...variance] })),
    );
  }

  gradient(site: number, domain: number, norm: number): void {
    this.norms.push([site, domain, norm]);
  }
}

/** Each domain has its own γ, β and statistics. */
export function apart(...domains: string[]): DomainScheme {
  return { ...MIXED_SCHEME, domains, statistics: 'separate', affine: separateAffine };
}

/** Segments of the given sizes, of domains 0, 1, ... */
export function segmentsOf(...images: number[]): DomainSegment[] {
  return images.map((count, domain) => ({ domain, images: count }));
}

/** The values of a layer's or model's weights by their last name parts. */
export function valuesOf(weights: readonly tf.LayerVariable[]): Record<string, number[]> {
  return Object.fromEntries(
    weights.map((weight) => [weight.originalName, [...weight.read().dataSync()]]),
  );
}
