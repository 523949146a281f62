/** Modules by the name under which they are imported. */
export type VirtualModules = Readonly<Record<string, unknown>>;

/** The parts of TensorFlow.js that `@tensorflow/tfjs` exports again, and its backends. */
const TENSORFLOW_PARTS = [
  'tfjs',
  'tfjs-backend-cpu',
  'tfjs-backend-wasm',
  'tfjs-backend-webgl',
  'tfjs-backend-webgpu',
  'tfjs-converter',
  'tfjs-core',
  'tfjs-layers',
  'tfjs-node',
  'tfjs-node-gpu',
];

/**
 * Names what user code must share with the trainer. A second instance of TensorFlow.js would have
 * tensors, layers and a backend of its own, and a second `bn-lens` optimizers that nobody knows.
 */
export function virtualModules(tensorflow: object, api: object): VirtualModules {
  const parts = TENSORFLOW_PARTS.map((part) => [`@tensorflow/${part}`, tensorflow]);
  return { ...(Object.fromEntries(parts) as VirtualModules), 'bn-lens': api };
}
