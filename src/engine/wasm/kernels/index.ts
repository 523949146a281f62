/**
 * Kernels in AssemblyScript that work on the heap of the wasm backend: tensors are addresses in
 * it, float32, channels last. No address need be aligned, nothing is allocated, and every sum is
 * taken in an order that depends on the shapes alone, so results are the same in every run.
 */
export { normalize, normalizeGradient, sumGradients, sumImages } from './batchNorm';
export { correlate } from './correlate';
export { depthwiseFilterGradient } from './depthwise';
export { relu, reluGradient, sumRows } from './elementwise';
export { placeOnGrid } from './grid';
export { packPanels } from './lattice';
export { adamUpdate, momentumUpdate, sumSquares } from './optimizers';
export { normalizeAndPool, pooledGradient } from './pooledBatchNorm';
export { averagePoolGradient, maxPool, maxPoolGradient } from './pooling';
export { multiplyTile, multiplyTwoTiles } from './productTiles';
export { useScratch } from './scratch';
export { sumOne, sumSix, sumSixTwice, sumThree } from './sumTiles';
export { useWideTiles } from './wideTiles';
export { sumPanels, weightGradient } from './weightGradient';
export { correlatePatches, transformWeights } from './winograd';
export { weightGradientByPatches } from './winogradGradient';
