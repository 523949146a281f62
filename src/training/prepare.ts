import * as tf from '@tensorflow/tfjs';
import { openDomains, type LoadedData } from '../data/domains.ts';
import { loadExperiment, type LoadedExperiment } from '../experiment/load.ts';
import { locateInUserCode } from '../experiment/userCode.ts';
import { BatchContext } from '../nn/batchContext.ts';
import { classScores } from '../nn/classScores.ts';
import { discoverSites } from '../nn/sites.ts';
import { userNamespace } from '../nn/userNamespace.ts';
import type { RunSite } from '../protocol/run.ts';
import { UserError } from '../protocol/userError.ts';
import { projectRoot } from '../runs/paths.ts';
import { parseStrategy, type Strategy } from '../strategies/parseStrategy.ts';
import type { SeededMath } from './seededMath.ts';

/** A declared experiment with its data opened and its model built under a strategy. */
export interface PreparedExperiment extends LoadedExperiment {
  readonly data: LoadedData;
  readonly strategy: Strategy;
  readonly context: BatchContext;
  /** Maps images to class scores, before any softmax. */
  readonly model: tf.LayersModel;
  readonly sites: readonly RunSite[];
  /** What the user should know of how the model is treated, as sentences. */
  readonly notices: readonly string[];
}

/** What the composition root gives. */
export interface PrepareEnvironment {
  /** What experiments get for `bn-lens`. */
  readonly api: object;
  /** The folder with the WebAssembly files of the backend and of the image codecs. */
  readonly assets: string;
}

/**
 * Loads an experiment, opens its data and builds its model afresh under a strategy.
 * Throws UserErrors that name the file, and the field or line, at fault.
 */
export async function prepareExperiment(
  file: string,
  strategyName: string,
  random: SeededMath,
  { api, assets }: PrepareEnvironment,
): Promise<PreparedExperiment> {
  const strategy = parseStrategy(strategyName);
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
  const data = await openDomains(experiment.domains, experiment.preprocess, {
    baseDirectory: loaded.baseDirectory,
    codecDirectory: assets,
  });
  random.enter('model');
  const { inputShape, classes } = data;
  let built: tf.LayersModel;
  try {
    built = await experiment.model({ inputShape, classes: classes.length });
  } catch (error) {
    throw locateInUserCode(error, loaded);
  }
  const scores = classScores(built, { inputShape, classes: classes.length });
  if (scores.notice !== undefined) notices.push(scores.notice);
  const model = scores.logits;
  strategy.normalization.prepare(
    context.layers,
    data.domains.map((domain) => domain.name),
  );
  const sites = discoverSites(model, context, inputShape);
  if (sites.length === 0) {
    throw new UserError('model: the model has no BatchNorm layer, so there is nothing to look at', {
      hint: 'Add tf.layers.batchNormalization() after the layers whose activations should be watched.',
      field: ['model'],
    });
  }
  return { ...loaded, data, strategy, context, model, sites, notices };
}
