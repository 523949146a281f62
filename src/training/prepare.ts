import * as tf from '@tensorflow/tfjs';
import { openDomains, type LoadedData } from '../data/domains.ts';
import { ThreadedImageReader } from '../data/threadedImageReader.ts';
import type { Experiment } from '../experiment/declaration.ts';
import { loadExperiment, type LoadedExperiment } from '../experiment/load.ts';
import { locateInUserCode } from '../experiment/userCode.ts';
import type { NetworkSite } from '../faults/network.ts';
import { FeatureTaps } from '../nn/alignment/featureTaps.ts';
import { BatchContext } from '../nn/batchContext.ts';
import { classScores, type ClassScores } from '../nn/classScores.ts';
import { layersWithin } from '../nn/layerTree.ts';
import { discoverSites } from '../nn/sites.ts';
import { fuseBatchNormalization } from '../nn/fusedBatchNormalization.ts';
import { userNamespace } from '../nn/userNamespace.ts';
import type { RunSite } from '../protocol/run.ts';
import { UserError } from '../protocol/userError.ts';
import { projectRoot } from '../runs/paths.ts';
import type { AlignmentTerm } from '../strategies/alignment/alignment.ts';
import { parseStrategy, type Strategy } from '../strategies/parseStrategy.ts';
import { requireStatistics, requireTarget } from './adaptAtTest.ts';
import { seedLayers } from './seededLayers.ts';
import type { SeededMath } from './seededMath.ts';
import { watchedNetwork } from './watchedNetwork.ts';

/** A declared experiment with its data opened and its model built under a strategy. */
export interface PreparedExperiment extends LoadedExperiment {
  readonly data: LoadedData;
  readonly strategy: Strategy;
  readonly context: BatchContext;
  /** Maps images to class scores, before any softmax. */
  readonly model: tf.LayersModel;
  /** The layer whose softmax was taken out, if it had one. */
  readonly softmax: tf.layers.Layer | null;
  readonly sites: readonly RunSite[];
  /** What draws the domains together, and where it looks at the model. */
  readonly terms: readonly AlignmentTerm[];
  readonly taps: FeatureTaps;
  /** What the rules that look for faults know of them. */
  readonly network: readonly NetworkSite[];
  /** What the user should know of the data and of how the model is treated, as sentences. */
  readonly notices: readonly string[];
}

/** What the composition root gives. */
export interface PrepareEnvironment {
  /** What experiments get for `bn-lens`. */
  readonly api: object;
  /** The folder with the WebAssembly files of the backend and of the image codecs. */
  readonly assets: string;
  /** Path of dist/imageThread.js. */
  readonly imageThread: string;
}

/**
 * Loads an experiment, opens its data and builds its model afresh under a strategy. `opened` are
 * its data where they have been opened before.
 * Throws UserErrors that name the file, and the field or line, at fault.
 */
export async function prepareExperiment(
  file: string,
  strategyName: string,
  random: SeededMath,
  { api, assets, imageThread }: PrepareEnvironment,
  opened?: LoadedData,
): Promise<PreparedExperiment> {
  // Before anything slow: a name that does not exist needs no experiment to be refused.
  parseStrategy(strategyName);
  const notices: string[] = [];
  const context = new BatchContext();
  const namespace = userNamespace(tf, context, (notice) => notices.push(notice));
  random.enter('module');
  const loaded = await loadExperiment(file, {
    root: projectRoot(file),
    tensorflow: namespace,
    api,
  });
  const { experiment } = loaded;
  const strategy = parseStrategy(strategyName, experiment.strategies);
  const data =
    opened ??
    (await openDomains(experiment.domains, experiment.preprocess, {
      baseDirectory: loaded.baseDirectory,
      images: new ThreadedImageReader(imageThread, assets),
    }));
  notices.push(...data.notices);
  requireTarget(strategy, data.domains);
  random.enter('model');
  try {
    const { model, softmax, notice } = await buildModel(experiment, data);
    if (notice !== undefined) notices.push(notice);
    random.within('normalization', () => {
      strategy.normalization.prepare({
        model,
        context,
        layers: context.layers,
        domains: data.domains,
      });
    });
    seedLayers(model, random);
    const sites = discoverSites(model, context, data.inputShape);
    requireStatistics(strategy, context);
    requireTrainable(model, sites);
    refuseDilation(model);
    const network = watchedNetwork(model, context, sites);
    const taps = new FeatureTaps(model, context);
    const aligned = { model, taps, random, domains: data.domains, classes: data.classes.length };
    const terms = strategy.alignments.flatMap((alignment) => alignment.attach(aligned));
    fuseBatchNormalization(model, taps.layers);
    const built = { data, strategy, context, model, softmax, sites, terms, taps };
    return { ...loaded, ...built, network, notices };
  } catch (error) {
    // The model's builder, or a custom layer in its first forward pass.
    throw locateInUserCode(error, loaded);
  }
}

async function buildModel(
  { model: builder }: Experiment,
  { inputShape, classes }: LoadedData,
): Promise<Pick<ClassScores, 'softmax' | 'notice'> & { readonly model: tf.LayersModel }> {
  const built: unknown = await builder({ inputShape, classes: classes.length });
  if (!(built instanceof tf.LayersModel)) {
    throw new UserError('model: the function does not return a tf.LayersModel', {
      hint: 'Return what tf.sequential, tf.model or tf.loadLayersModel gives.',
      field: ['model'],
    });
  }
  const { logits, ...rest } = classScores(built, { inputShape, classes: classes.length });
  return { model: logits, ...rest };
}

function requireTrainable(model: tf.LayersModel, sites: readonly RunSite[]): void {
  if (sites.length === 0) {
    throw new UserError('model: the model has no BatchNorm layer, so there is nothing to look at', {
      hint: 'Add tf.layers.batchNormalization() after the layers whose activations should be watched.',
      field: ['model'],
    });
  }
  if (model.trainableWeights.length === 0) {
    throw new UserError('model: none of its weights is trainable, so there is nothing to train', {
      hint: 'Leave trainable at true for some layer with weights.',
      field: ['model'],
    });
  }
}

/** tfjs-core computes no gradient through a dilated convolution, and its depthwise layer ignores the rate. */
function refuseDilation(model: tf.LayersModel): void {
  for (const layer of layersWithin(model)) {
    // Transposed convolutions have the field too, but take no part of it into their configuration.
    const rate = 'dilationRate' in layer ? layer.getConfig()['dilationRate'] : undefined;
    const rates = [rate ?? 1].flat().map(Number);
    if (rates.every((size) => size === 1)) continue;
    throw new UserError(
      `model: layer "${layer.name}" has dilationRate ${rates.join(' x ')}, and TensorFlow.js cannot train dilated convolutions`,
      {
        hint: 'Leave dilationRate at 1; a larger kernelSize, strides or pooling let a layer see as far.',
        field: ['model'],
      },
    );
  }
}
