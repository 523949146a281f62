/** Fills dist/wasm; kernels are compiled only where a source is newer than the result. */
export function buildWasm(): Promise<void>;
