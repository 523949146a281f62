import * as tf from '@tensorflow/tfjs';
import { UserError } from '../protocol/userError.ts';
import { randomStream } from '../stats/random.ts';
import type { BatchContext, BatchPass } from './batchContext.ts';
import { layersWithin } from './layerTree.ts';

/** What stands for 0 where a vector is divided by its norm. */
const EPSILON = 1e-12;
/** Power iterations before training, as torch.nn.utils.parametrizations.spectral_norm takes. */
const FIRST_ITERATIONS = 15;

/** The fields that hold a layer's kernels, by its class. */
const KERNELS: Readonly<Record<string, readonly string[]>> = {
  Dense: ['kernel'],
  Conv1D: ['kernel'],
  Conv2D: ['kernel'],
  Conv3D: ['kernel'],
  Conv2DTranspose: ['kernel'],
  Conv3DTranspose: ['kernel'],
  DepthwiseConv2D: ['depthwiseKernel'],
  SeparableConv2D: ['depthwiseKernel', 'pointwiseKernel'],
};

/** What tfjs' declarations hide of a layer. */
interface Weighted {
  [field: string]: unknown;
  addWeight(
    name: string,
    shape: tf.Shape,
    dtype: tf.DataType,
    initializer: ReturnType<typeof tf.initializers.zeros>,
    regularizer: undefined,
    trainable: boolean,
  ): tf.LayerVariable;
}

/** A kernel as the matrix whose singular values count, and back. */
interface MatrixForm {
  readonly rows: number;
  readonly columns: number;
  toMatrix(kernel: tf.Tensor): tf.Tensor2D;
  fromMatrix(matrix: tf.Tensor2D): tf.Tensor;
}

/**
 * Divides the kernels of a model's dense and convolution layers by their largest singular value
 * wherever they are used: spectral normalization (Miyato et al. 2018) with the conventions of
 * torch.nn.utils.parametrizations.spectral_norm. The singular vectors are estimated by one power
 * iteration in each training pass, 15 before the first, and kept as weights that are not trained;
 * other passes use them as they are. The kernels of recurrent layers stay as they are.
 * @throws UserError for a layer that has no kernel yet, whose singular vectors the model would not
 * list, and checkpoints would lack, or whose kernel is all 0.
 */
export function normalizeKernels(model: tf.LayersModel, context: BatchContext): void {
  for (const layer of layersWithin(model)) {
    const fields = KERNELS[layer.getClassName()] ?? [];
    const owner = layer as unknown as Weighted;
    for (const field of fields) {
      const kernel = owner[field] as tf.LayerVariable | null | undefined;
      if (kernel == null) {
        throw new UserError(
          `spectral: layer "${layer.name}" has no weights before its first call`,
          {
            hint: 'Let the layer around it build it in its own build().',
          },
        );
      }
      owner[field] = new SpectralKernel(owner, kernel, matrixForm(layer, field, kernel), context);
    }
    const known = new Set(model.weights);
    if (fields.length > 0 && !layer.weights.every((weight) => known.has(weight))) {
      throw new UserError(
        `spectral: layer "${layer.name}" is inside a layer that does not list all its weights`,
        {
          hint: 'Let the outer layer have getters trainableWeights and nonTrainableWeights that return those of the layers inside it.',
        },
      );
    }
  }
}

/** Returns a layer's weights in the order of an ordinary layer of its class, as they act at test. */
export function weightsAtTest(layer: tf.layers.Layer): tf.Tensor[] {
  const spectral = Object.values(layer).filter((value) => value instanceof SpectralKernel);
  const estimates = new Set(spectral.flatMap(({ left, right }) => [left, right]));
  return layer.weights
    .filter((weight) => !estimates.has(weight))
    .map((weight) => (spectral.find(({ kernel }) => kernel === weight) ?? weight).read());
}

/** Stands in a layer's field for its kernel, which it divides by its largest singular value. */
class SpectralKernel {
  /** Of the matrix' rows, [rows, 1]. */
  readonly left: tf.LayerVariable;
  /** Of its columns, [columns, 1]. */
  readonly right: tf.LayerVariable;
  /** The latest training pass, which has had its iteration. */
  #pass: BatchPass | null = null;

  constructor(
    layer: Weighted,
    readonly kernel: tf.LayerVariable,
    private readonly form: MatrixForm,
    private readonly context: BatchContext,
  ) {
    const name = kernel.originalName;
    const estimate = (side: string, size: number): tf.LayerVariable => {
      const zeros = tf.initializers.zeros();
      const weight = layer.addWeight(
        `${name}/${side}`,
        [size, 1],
        'float32',
        zeros,
        undefined,
        false,
      );
      // From a stream of its own: what else is drawn stays the same under all strategies.
      const random = randomStream(0, 'singular vector', name, side);
      const start = Float32Array.from({ length: size }, () => random() - 0.5);
      tf.tidy(() => {
        weight.write(unit(tf.tensor2d(start, [size, 1])));
      });
      return weight;
    };
    this.left = estimate('left', form.rows);
    this.right = estimate('right', form.columns);
    tf.tidy(() => {
      const matrix = form.toMatrix(kernel.read());
      if (tf.max(tf.abs(matrix)).dataSync()[0] === 0) {
        throw new UserError(`spectral: ${name} is all 0 and has no singular value to divide by`, {
          hint: 'Let its layer start from other values.',
        });
      }
      for (let k = 0; k < FIRST_ITERATIONS; k++) this.#iterate(matrix);
    });
  }

  /** Returns kernel / σ with σ = leftᵀ·matrix·right, in which the vectors are constants. */
  read(): tf.Tensor {
    const { form } = this;
    const { pass } = this.context;
    const operation = tf.customGrad<tf.Tensor>((...args) => {
      const [kernel, save] = args as [tf.Tensor, tf.GradSaveFunc];
      const matrix = form.toMatrix(kernel);
      if (pass !== null && pass.training && pass !== this.#pass) {
        this.#pass = pass;
        this.#iterate(matrix);
      }
      const [left, right] = [tf.clone(this.left.read()), tf.clone(this.right.read())];
      const norm = tf.sum(tf.mul(left, tf.matMul(matrix, right as tf.Tensor2D)));
      const value = tf.div(kernel, norm);
      save([value, left, right, norm]);
      return { value, gradFunc };
    });
    // dσ/dM = left·rightᵀ.
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor => {
      const [value, left, right, norm] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Scalar];
      const byNorm = form.fromMatrix(tf.matMul(left, right, false, true));
      return tf.div(tf.sub(dy, tf.mul(byNorm, tf.sum(tf.mul(dy, value)))), norm);
    };
    return operation(this.kernel.read());
  }

  #iterate(matrix: tf.Tensor2D): void {
    this.right.write(unit(tf.matMul(matrix, this.left.read(), true)));
    this.left.write(unit(tf.matMul(matrix, this.right.read())));
  }
}

function unit(vector: tf.Tensor): tf.Tensor {
  return tf.div(vector, tf.maximum(tf.norm(vector), EPSILON));
}

/** Gives each output of a layer a column; a depthwise kernel has an output for each of its channels. */
function matrixForm(
  layer: tf.layers.Layer,
  field: string,
  { shape }: tf.LayerVariable,
): MatrixForm {
  const sizes = shape.map(Number);
  if (layer.getClassName().endsWith('Transpose')) {
    // [..., outputs, inputs]
    const order = sizes.map((_, axis) => axis);
    const swapped = [...order.slice(0, -2), ...order.slice(-2).reverse()];
    const swappedSizes = swapped.map((axis) => sizes[axis]!);
    const columns = swappedSizes.at(-1)!;
    const rows = product(sizes) / columns;
    return {
      rows,
      columns,
      toMatrix: (kernel) => tf.reshape(tf.transpose(kernel, swapped), [rows, columns]),
      fromMatrix: (matrix) => tf.transpose(tf.reshape(matrix, swappedSizes), swapped),
    };
  }
  const outputs = field === 'depthwiseKernel' ? sizes.slice(-2) : sizes.slice(-1);
  const columns = product(outputs);
  const rows = product(sizes) / columns;
  return {
    rows,
    columns,
    toMatrix: (kernel) => tf.reshape(kernel, [rows, columns]),
    fromMatrix: (matrix) => tf.reshape(matrix, sizes),
  };
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}
