import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../src/data/loader.ts';
import type { NetworkSite } from '../src/faults/network.ts';
import { FeatureTaps } from '../src/nn/alignment/featureTaps.ts';
import { BatchContext, type SiteObserver } from '../src/nn/batchContext.ts';
import { createOptimizer } from '../src/nn/optimizers/optimizer.ts';
import { adam } from '../src/nn/optimizers/specs.ts';
import { discoverSites, type Site } from '../src/nn/sites.ts';
import { fuseBatchNormalization } from '../src/nn/fusedBatchNormalization.ts';
import { userNamespace } from '../src/nn/userNamespace.ts';
import type { RunAlignment } from '../src/protocol/run.ts';
import type { Recorder } from '../src/recording/recorder.ts';
import { parseStrategy } from '../src/strategies/parseStrategy.ts';
import { breathe } from '../src/training/breathe.ts';
import { SeededMath } from '../src/training/seededMath.ts';
import type { SiteMonitor } from '../src/training/siteMonitor.ts';
import { trainStep, type StepResult, type Trainee } from '../src/training/trainStep.ts';
import { watchedNetwork } from '../src/training/watchedNetwork.ts';
import { drawBatches } from './batches.ts';
import { buildNet, CLASSES, inputShapeOfNet, LEARNING_RATE, type NetName } from './nets.ts';

/** What a step is recorded with. */
interface RunRecorder {
  readonly monitor: SiteMonitor;
  readonly recorder: Recorder;
}

/** What is trained. */
export interface TrainingSetting {
  readonly net: NetName;
  /** Images in a step, all domains together. */
  readonly images: number;
  readonly domains: number;
  readonly strategy: string;
}

/** Half-way, where ramps have risen. */
const PLACE = { learningRate: LEARNING_RATE, progress: 0.5 };

/** A training by the product's own code on the current backend, its batches in memory. */
export class Training {
  readonly sites: readonly Site[];
  readonly network: readonly NetworkSite[];
  readonly #trainee: Trainee;
  readonly #batches: readonly Batch[];
  #steps = 0;
  #recorded = 0;

  constructor({ net, images, domains, strategy }: TrainingSetting) {
    const context = new BatchContext();
    const namespace = userNamespace(tf, context, () => undefined);
    const model = buildNet(namespace, net);
    const declared = Array.from({ length: domains }, (_, domain) => ({
      name: `domain-${domain}`,
      kind: domain === 0 ? ('synthetic' as const) : ('real' as const),
      labelled: true,
    }));
    const { normalization, alignments } = parseStrategy(strategy);
    normalization.prepare({
      model,
      context,
      layers: context.layers,
      domains: declared,
    });
    this.sites = discoverSites(model, context, inputShapeOfNet(net));
    this.network = watchedNetwork(model, context, this.sites);
    const taps = new FeatureTaps(model, context);
    const random = new SeededMath(1);
    const network = { model, taps, random, domains: declared, classes: CLASSES };
    const terms = alignments.flatMap((alignment) => alignment.attach(network));
    fuseBatchNormalization(model, taps.layers);
    const own = terms.flatMap(({ weights }) => weights);
    const optimizer = createOptimizer(adam(), [...model.trainableWeights, ...own]);
    this.#trainee = { model, context, optimizer, labelSmoothing: 0, taps, terms };
    this.#batches = drawBatches(net, { images, domains });
  }

  get alignments(): RunAlignment[] {
    return this.#trainee.terms.map(({ described }) => described);
  }

  get segments(): Batch['segments'] {
    return this.#batches[0]!.segments;
  }

  /** Takes a step that nobody watches. */
  async plainStep(): Promise<void> {
    this.#step();
    await breathe();
  }

  /** Takes a step and records it as a run of recorded steps alone does. */
  async monitoredStep({ monitor, recorder }: RunRecorder): Promise<void> {
    await recorder.room();
    monitor.beginStep(0);
    const { segments, alignments } = this.#step(monitor);
    recorder.endStep(++this.#recorded, segments, alignments);
    await breathe();
  }

  #step(observer?: SiteObserver): StepResult {
    const batch = this.#batches[++this.#steps % this.#batches.length]!;
    return trainStep(this.#trainee, batch, PLACE, observer);
  }
}
