/** The loops of src/stats that a run is recorded with, two numbers at a time. */
export { multiply, standardize } from './correlations';
export { addErrors, compare } from './divergence';
export { addInfluences, addUp } from './moments';

/** Returns where memory is free from: before it are the kernels' constants. */
export function firstFree(): usize {
  return __heap_base;
}
