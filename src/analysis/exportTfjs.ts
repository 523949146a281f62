import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { Part } from '../data/domains.ts';
import type { ExportReport } from '../protocol/analysis.ts';
import { UserError } from '../protocol/userError.ts';
import { fileFailure } from '../runs/fileFailure.ts';
import { makeFolder } from '../runs/makeFolder.ts';
import { loadWeights, type OpenedRun } from './openRun.ts';
import { plainModel } from './plainModel.ts';
import { predictPart } from './predict.ts';

/** Outputs of the written model may differ so much from those of the trained one, relatively. */
const TOLERANCE = 1e-5;
/** As many images are compared, at most. */
const COMPARED = 256;

const WEIGHTS = 'weights.bin';

/**
 * Writes the model of a run, as it treats one domain, as model.json and weights.bin, which
 * `tf.loadLayersModel` loads without BN Lens. What is written was loaded once, and gave the same
 * outputs on images of the domain. Where the run was tested on the domain with adapted weights, it is
 * these. The opened run is used up.
 * @throws UserError if there is no such domain, or ordinary layers cannot be the model.
 */
export async function writePlainModel(
  opened: OpenedRun,
  domainName: string,
  out: string,
): Promise<ExportReport> {
  const { data, softmax, name, step } = opened;
  const { batchSize } = opened.experiment.train;
  const domain = data.domains.findIndex((each) => each.name === domainName);
  const parts = data.domains[domain]?.parts;
  if (parts === undefined) {
    throw new UserError(`run ${name} has no domain "${domainName}"`, {
      hint: `It has ${data.domains.map((each) => each.name).join(', ')}.`,
    });
  }
  const adapted = opened.adapted.get(domain);
  if (adapted !== undefined) loadWeights(opened, opened.directory, adapted);
  const part = parts.validation.length > 0 ? parts.validation : parts.train;
  const images = Math.min(part.length, COMPARED);
  const scores = await predictPart(opened, domain, part, batchSize, images);
  const expected = softmax === null ? scores : softmaxOf(scores, data.classes.length);

  const plain = await orRefusal(() => plainModel(opened, domain));
  const strategy = opened.strategy.name;
  plain.setUserDefinedMetadata({
    bnLens: { run: name, strategy, step, domain: domainName, classes: data.classes },
  });
  const artifacts = await artifactsOf(plain);
  const actual = await orRefusal(() =>
    outputsOf(artifacts, part, images, batchSize, data.inputShape),
  );
  const largestDifference = relativeDifference(actual, expected);
  if (!(largestDifference <= TOLERANCE)) {
    throw new UserError(
      `ordinary layers give other outputs than the trained model, by ${largestDifference.toExponential(1)} of the largest`,
      { hint: 'Nothing was written: some layer does not compute what its configuration says.' },
    );
  }
  const model = await write(artifacts, out);
  return { model, domain: domainName, step, images, largestDifference };
}

/** Turns an error of TensorFlow.js about a model into one sentence of what it cannot do. */
async function orRefusal<Result>(attempt: () => Promise<Result>): Promise<Result> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof Error) || error instanceof UserError) throw error;
    throw new UserError(`plain TensorFlow.js cannot run the model: ${error.message}`);
  }
}

function softmaxOf(scores: Float32Array, classes: number): Float32Array {
  return tf.tidy(() =>
    tf.softmax(tf.tensor2d(scores, [scores.length / classes, classes])).dataSync<'float32'>(),
  );
}

/** Everything of a model in memory. */
async function artifactsOf(model: tf.LayersModel): Promise<tf.io.ModelArtifacts> {
  let artifacts: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler((saved) => {
      artifacts = saved;
      return Promise.resolve({ modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(saved) });
    }),
  );
  if (artifacts === undefined) throw new Error('the model was not saved');
  return artifacts;
}

/** Loads a model as anybody would, and computes its outputs. */
async function outputsOf(
  artifacts: tf.io.ModelArtifacts,
  part: Part,
  images: number,
  batchSize: number,
  inputShape: OpenedRun['data']['inputShape'],
): Promise<Float32Array> {
  const loaded = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
  const pixels = await part.read(Int32Array.from({ length: images }, (_, image) => image));
  return tf.tidy(() => {
    const outputs = loaded.predict(tf.tensor(pixels, [images, ...inputShape]), { batchSize });
    return (outputs as tf.Tensor).dataSync<'float32'>();
  });
}

function relativeDifference(actual: Float32Array, expected: Float32Array): number {
  let largest = 0;
  let difference = 0;
  for (const [index, value] of expected.entries()) {
    largest = Math.max(largest, Math.abs(value));
    // Written so that NaN stays.
    difference = Math.max(difference, Math.abs(actual[index]! - value));
  }
  return difference / largest;
}

/** Writes the weights, then the file that names them; returns its path. */
async function write(
  { weightData, weightSpecs, ...artifacts }: tf.io.ModelArtifacts,
  out: string,
): Promise<string> {
  const model = join(out, 'model.json');
  const weights = Array.isArray(weightData) ? weightData : [weightData ?? new ArrayBuffer(0)];
  const description = {
    ...artifacts,
    weightsManifest: [{ paths: [WEIGHTS], weights: weightSpecs }],
  };
  try {
    makeFolder(out);
    await replace(join(out, WEIGHTS), Buffer.concat(weights.map((part) => new Uint8Array(part))));
    await replace(model, JSON.stringify(description));
  } catch (error) {
    throw fileFailure(error, 'write', out);
  }
  return model;
}

async function replace(file: string, content: string | Uint8Array): Promise<void> {
  await writeFile(`${file}.tmp`, content);
  await rename(`${file}.tmp`, file);
}
