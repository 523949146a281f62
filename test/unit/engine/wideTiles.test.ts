import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { beforeAll, expect, test } from 'vitest';
import { startBackend } from '../../../src/engine/startBackend.ts';
import { compileKernels } from '../../../src/engine/wasm/kernelInstance.ts';
import { KernelThreads } from '../../../src/engine/wasm/kernelThreads.ts';
import { SimdHeap } from '../../../src/engine/wasm/simdHeap.ts';
import { trainingKernels } from '../../../src/engine/wasm/trainingKernels.ts';
import { sample, wasmDirectory } from './gradients.ts';

type Kernels = ReadonlyMap<string, tf.KernelFunc>;
let narrowKernels: Kernels;
let wideKernels: Kernels;

beforeAll(async () => {
  await startBackend('wasm', { wasmDirectory, threads: 1 });
  narrowKernels = kernelsOf(false);
  wideKernels = kernelsOf(true);
});

function kernelsOf(wide: boolean): Kernels {
  const { module } = compileKernels(
    readFileSync(join(wasmDirectory, 'kernels-relaxed.wasm')),
    readFileSync(join(wasmDirectory, 'kernels.wasm')),
  );
  const backend = tf.backend() as unknown as BackendWasm;
  const { asm } = backend.wasm as unknown as { readonly asm: { readonly memory: unknown } };
  const worker = join(wasmDirectory, 'kernelWorker.js');
  const heap = new SimdHeap(
    backend,
    module,
    new KernelThreads(module, asm.memory, wide, worker, 1),
  );
  return new Map(trainingKernels(heap).map((kernel) => [kernel.kernelName, kernel.kernelFunc]));
}

function run(
  kernels: Kernels,
  name: string,
  inputs: tf.NamedTensorInfoMap,
  attrs: tf.NamedAttrMap,
): Float32Array {
  const kernel = kernels.get(name);
  if (kernel === undefined) throw new Error(`no kernel ${name}`);
  const result = kernel({ inputs, attrs, backend: tf.backend() }) as tf.TensorInfo;
  return tf.engine().makeTensorFromTensorInfo(result).dataSync<'float32'>();
}

const geometry = { strides: [1, 1], pad: 'same', dataFormat: 'NHWC', dilations: [1, 1] };

// From one panel of eight to two pairs, with and without a remainder.
test.for([8, 16, 19, 24, 32, 39])(
  'two tiles at a time give the bits of one at a time: %i channels',
  (channels) => {
    const x = sample([3, 7, 5, 4]);
    const filter = sample([3, 3, 4, channels], 1, 2);
    const dy = sample([3, 7, 5, channels], 1, 3);
    const back = sample([3, 3, channels, 4], 1, 4);
    const [a, b] = [sample([23, 31], 1, 5), sample([31, channels], 1, 6)];
    const products: [string, tf.NamedTensorInfoMap, object][] = [
      ['Conv2D', { x, filter }, geometry],
      [
        'Conv2DBackpropInput',
        { dy: sample([3, 7, 5, 4], 1, 7), filter: back },
        { ...geometry, inputShape: [3, 7, 5, channels] },
      ],
      ['Conv2DBackpropFilter', { x, dy }, { ...geometry, filterShape: [3, 3, 4, channels] }],
      ['BatchMatMul', { a, b }, { transposeA: false, transposeB: false }],
      ['BatchMatMul', { a: sample([31, 23], 1, 8), b }, { transposeA: true, transposeB: false }],
    ];
    for (const [name, inputs, attrs] of products) {
      const narrow = run(narrowKernels, name, inputs, attrs as tf.NamedAttrMap);
      expect(narrow.some((value) => value !== 0)).toBe(true);
      expect(run(wideKernels, name, inputs, attrs as tf.NamedAttrMap), name).toEqual(narrow);
    }
  },
);
