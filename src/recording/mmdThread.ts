import { parentPort, workerData } from 'node:worker_threads';
import type { TableRow } from '../protocol/tables.ts';
import { serializeError, type SerializedError } from '../protocol/userError.ts';
import { classMmd } from '../stats/mmdClasses.ts';
import { PooledKernels } from '../stats/mmdKernels.ts';
import { permutationTest } from '../stats/mmdPermutation.ts';
import { randomStream } from '../stats/random.ts';
import type { Sample } from '../stats/sample.ts';

/** Activations of one domain's images, pooled over space. */
export interface MmdSample extends Sample {
  /** The class of each image; null without labels. */
  readonly labels: Int32Array | null;
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

const { seed } = workerData as MmdStart;

function estimate({ step, site, pair, a, b }: MmdRequest): RecordedMmd {
  const kernels = new PooledKernels(a, b, 'five-kernels');
  const random = randomStream(seed, 'mmd', step, site, pair);
  const { mmd2, p, permutations, n, m } = permutationTest(kernels, PERMUTATIONS, random);
  const { bandwidths } = kernels;
  const bandwidth = bandwidths.at(-1) ?? NaN;
  const place = { step, site, pair };
  const classes = a.labels && b.labels ? classMmd(kernels, a.labels, b.labels) : [];
  return {
    mmd: { ...place, mmd2, p, permutations, bandwidth, kernels: bandwidths.length, n, m },
    classes: classes.map(({ label, ...own }) => ({ ...place, class: label, ...own })),
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
