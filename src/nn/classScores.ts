import * as tf from '@tensorflow/tfjs';
import { UserError } from '../protocol/userError.ts';

/** Activations whose outputs are no scores among which classes compete. */
const INDEPENDENT = ['sigmoid', 'hardSigmoid'];

/** What the data ask of a model. */
export interface ScoreShape {
  /** Of one image: height, width, channels. */
  readonly inputShape: readonly number[];
  readonly classes: number;
}

export interface ClassScores {
  /** Maps [n, ...inputShape] to class scores before any softmax, [n, classes]. */
  readonly logits: tf.LayersModel;
  /** The layer whose softmax was taken out, if it had one. */
  readonly softmax: tf.layers.Layer | null;
  /** What the user should know, as a sentence. */
  readonly notice?: string;
}

/**
 * Checks that a model maps images to class scores, and takes a softmax out of its last layer, in
 * place: the loss applies its own, which is exact where a probability rounds to zero.
 * @throws UserError for a model with other inputs or outputs.
 */
export function classScores(
  model: tf.LayersModel,
  { inputShape, classes }: ScoreShape,
): ClassScores {
  const [input, ...otherInputs] = model.inputs;
  const [output, ...otherOutputs] = model.outputs;
  if (input === undefined || output === undefined) {
    throw refusal('the model has no layers', { hint: 'Add some, the first with inputShape.' });
  }
  if (otherInputs.length > 0 || !fits(input.shape, [null, ...inputShape])) {
    const taken = model.inputs.map(({ shape }) => format(shape)).join(' and ');
    throw refusal(`the model takes ${taken}, but the images are ${format([null, ...inputShape])}`, {
      hint: 'Use the inputShape that model() is given.',
    });
  }
  if (otherOutputs.length > 0 || !fits(output.shape, [null, classes])) {
    const given = model.outputs.map(({ shape }) => format(shape)).join(' and ');
    throw refusal(
      `the model gives ${given} instead of class scores ${format([null, classes])}, one for each of the ${classes} classes`,
      { hint: 'End it with a dense layer of classes units.' },
    );
  }
  const last = lastLayer(output);
  const activation = activationOf(last);
  if (activation !== null && INDEPENDENT.includes(activation)) {
    throw refusal(`the model's last layer "${last.name}" applies ${activation}: no class scores`, {
      hint: 'Leave its activation out.',
    });
  }
  if (activation !== 'softmax') return { logits: model, softmax: null };
  removeActivation(last);
  return {
    logits: model,
    softmax: last,
    notice: `The softmax of the last layer "${last.name}" was taken out: the loss applies its own.`,
  };
}

function refusal(message: string, details: { hint: string }): UserError {
  return new UserError(message, { ...details, field: ['model'] });
}

/** Whether a shape is the wanted one; null fits anything. */
function fits(shape: tf.Shape, wanted: tf.Shape): boolean {
  return (
    shape.length === wanted.length &&
    shape.every((size, k) => size === null || wanted[k] === null || size === wanted[k])
  );
}

function format(shape: tf.Shape): string {
  return `[${shape.map((size) => size ?? 'images').join(', ')}]`;
}

/** Returns the layer that computes an output, inside nested models too. */
function lastLayer({ sourceLayer }: tf.SymbolicTensor): tf.layers.Layer {
  const [output] = sourceLayer instanceof tf.LayersModel ? sourceLayer.outputs : [];
  return output === undefined ? sourceLayer : lastLayer(output);
}

/** tfjs' declarations hide the activation that layers such as dense keep. */
interface Activated {
  activation: { getClassName(): string } | null;
}

function isActivated(layer: tf.layers.Layer): layer is tf.layers.Layer & Activated {
  return 'activation' in layer && layer.activation instanceof Object;
}

function activationOf(layer: tf.layers.Layer): string | null {
  if (layer.getClassName() === 'Softmax') return 'softmax';
  return isActivated(layer) ? (layer.activation?.getClassName() ?? null) : null;
}

/** Puts a softmax that {@link classScores} took out into a model's configuration again. */
export function declareSoftmax(layer: tf.layers.Layer): void {
  if (isActivated(layer)) setActivation(layer, 'softmax');
}

function removeActivation(layer: tf.layers.Layer): void {
  if (isActivated(layer)) setActivation(layer, 'linear');
  else layer.call = (inputs) => inputs;
}

function setActivation(layer: tf.layers.Layer & Activated, activation: 'linear' | 'softmax'): void {
  const bearer = tf.layers.activation({ activation, name: activation });
  if (isActivated(bearer)) layer.activation = bearer.activation;
}
