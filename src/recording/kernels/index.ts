/** The loops of src/stats that a run is recorded with at every step, two numbers at a time. */
export { addInfluences, addUp } from './moments';

/** Returns where memory is free from: before it are the kernels' constants. */
export function firstFree(): usize {
  return __heap_base;
}
