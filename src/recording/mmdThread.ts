import { parentPort, workerData } from 'node:worker_threads';
import type { MmdEvent } from '../protocol/events.ts';
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

/** What it answers, in the order of the requests. */
export type MmdReply =
  | { readonly type: 'estimated'; readonly event: MmdEvent }
  | { readonly type: 'failed'; readonly error: SerializedError };

/** What the thread is started with. */
export interface MmdStart {
  /** The run's: equal runs draw equal permutations, whenever they were resumed. */
  readonly seed: number;
}

const PERMUTATIONS = 199;

const { seed } = workerData as MmdStart;

function estimate({ step, site, pair, a, b }: MmdRequest): MmdEvent {
  const kernels = new PooledKernels(a, b, 'five-kernels');
  const random = randomStream(seed, 'mmd', step, site, pair);
  const { p, permutations, ...mmd } = permutationTest(kernels, PERMUTATIONS, random);
  return {
    type: 'mmd',
    step,
    site,
    pair,
    ...mmd,
    permutationTest: { p, permutations },
    ...(a.labels && b.labels && { classes: classMmd(kernels, a.labels, b.labels) }),
  };
}

/** The thread that estimates MMD for the recorder's; src/recording/mmdEstimator.ts starts it. */
parentPort?.on('message', (request: MmdRequest) => {
  let reply: MmdReply;
  try {
    reply = { type: 'estimated', event: estimate(request) };
  } catch (error) {
    reply = { type: 'failed', error: serializeError(error) };
  }
  parentPort?.postMessage(reply);
});
