/** Whether kernels compute two tiles at a time: it is faster where V8 joins vectors, and only there. */
export let hasWideTiles = false;

export function useWideTiles(): void {
  hasWideTiles = true;
}
