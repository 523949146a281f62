import { parentPort, workerData } from 'node:worker_threads';
import type { TableRow } from '../protocol/tables.ts';
import { serializeError, type SerializedError } from '../protocol/userError.ts';
import { classMmd } from '../stats/mmdClasses.ts';
import { FourierFeatures, PARTS } from '../stats/mmdFourier.ts';
import { PooledKernels } from '../stats/mmdKernels.ts';
import { permutationTest } from '../stats/mmdPermutation.ts';
import { MmdWindow } from '../stats/mmdWindow.ts';
import { randomStream } from '../stats/random.ts';
import type { Sample } from '../stats/sample.ts';

/** Activations of one domain's images, pooled over space. */
export interface MmdSample extends Sample {
  /** The class of each image; null without labels. */
  readonly labels: Int32Array | null;
  /** How many images the domain's batches are drawn from. */
  readonly distinct: number;
}

/** What the thread is asked: how far two domains differ at a site. */
export interface MmdRequest {
  readonly step: number;
  readonly site: number;
  readonly pair: number;
  readonly a: MmdSample;
  readonly b: MmdSample;
}

/** An estimate as the run's tables have it. */
export interface RecordedMmd {
  readonly mmd: TableRow<'mmd'>;
  /** Null until there are enough batches. */
  readonly window: TableRow<'mmdWindows'> | null;
  /** Of each class of which both domains have two images, if both are labelled. */
  readonly classes: readonly TableRow<'mmdClasses'>[];
}

/** What it answers, in the order of the requests. */
export type MmdReply =
  | { readonly type: 'estimated'; readonly estimate: RecordedMmd }
  | { readonly type: 'failed'; readonly error: SerializedError };

/** What the thread is started with. */
export interface MmdStart {
  /** The run's: equal runs draw equal permutations, whenever they were resumed. */
  readonly seed: number;
}

const PERMUTATIONS = 199;

/** Batches that are looked at together, and those that it takes to tell the floors. */
const MOST_BATCHES = 20;
const LEAST_BATCHES = 4;

/** Random frequencies: what they cost, together, is a twentieth of what permutations do. */
const FREQUENCIES = 16;

/** A window begins anew once the bandwidth has changed by more than this factor. */
const BANDWIDTH_CHANGE = 1.5;

const { seed } = workerData as MmdStart;

/** By site and pair. */
const windows = new Map<string, MmdWindow>();

function estimate(request: MmdRequest): RecordedMmd {
  const { step, site, pair, a, b } = request;
  const kernels = new PooledKernels(a, b, 'five-kernels');
  const random = randomStream(seed, 'mmd', step, site, pair);
  const { mmd2, p, permutations, n, m } = permutationTest(kernels, PERMUTATIONS, random);
  const { bandwidths } = kernels;
  const bandwidth = bandwidths.at(-1) ?? NaN;
  const place = { step, site, pair };
  const classes = a.labels && b.labels ? classMmd(kernels, a.labels, b.labels) : [];
  return {
    window: estimateWindow(request, kernels),
    mmd: { ...place, mmd2, p, permutations, bandwidth, kernels: bandwidths.length, n, m },
    classes: classes.map(({ label, ...own }) => ({ ...place, class: label, ...own })),
  };
}

function estimateWindow(
  { step, site, pair, a, b }: MmdRequest,
  { bandwidths }: PooledKernels,
): TableRow<'mmdWindows'> | null {
  const bandwidth = bandwidths.at(-1) ?? NaN;
  // Nothing varies, or not all is finite; or there are too few images to tell chance by.
  if (!(bandwidth > 0) || Math.min(a.count, b.count) < PARTS) return null;
  const place = `${site} ${pair}`;
  let window = windows.get(place);
  const change = Math.abs(Math.log(bandwidth / (window?.features.bandwidth ?? 0)));
  if (window === undefined || change > Math.log(BANDWIDTH_CHANGE)) {
    const random = randomStream(seed, 'frequencies', step, site, pair);
    const { length } = bandwidths;
    const features = new FourierFeatures(bandwidth, length, a.dimensions, FREQUENCIES, random);
    windows.set(place, (window = new MmdWindow(features, MOST_BATCHES)));
  }
  window.add(step, a, b);
  if (window.batches < LEAST_BATCHES) return null;
  const { features } = window;
  const { kernels, frequencies } = features;
  return {
    step,
    site,
    pair,
    ...window.estimate([a.distinct, b.distinct]),
    bandwidth: features.bandwidth,
    kernels,
    frequencies,
  };
}

/** The thread that estimates MMD for the recorder's; src/recording/mmdEstimator.ts starts it. */
parentPort?.on('message', (request: MmdRequest) => {
  let reply: MmdReply;
  try {
    reply = { type: 'estimated', estimate: estimate(request) };
  } catch (error) {
    reply = { type: 'failed', error: serializeError(error) };
  }
  parentPort?.postMessage(reply);
});
