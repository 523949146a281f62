import { setFlagsFromString } from 'node:v8';
import type { KernelInstance } from './kernelQueue.ts';

/** As much of WebAssembly as Node's types leave out and we need. */
interface WebAssemblyRuntime {
  readonly Module: {
    new (binary: Uint8Array): object;
    exports(module: object): { readonly name: string }[];
  };
  readonly Instance: new (
    module: object,
    imports: object,
  ) => { readonly exports: Readonly<Record<string, (...args: number[]) => void>> };
  readonly validate: (binary: Uint8Array) => boolean;
}

const { Module, Instance, validate } = (
  globalThis as unknown as { readonly WebAssembly: WebAssemblyRuntime }
).WebAssembly;

/**
 * Compiles the build of the kernels that this processor and Node run fastest: with fused
 * multiply-add (relaxed SIMD), else without.
 */
export function compileKernels(
  relaxed: Uint8Array,
  plain: Uint8Array,
): { readonly module: object; readonly fused: boolean } {
  // V8 11.3, of Node 20, has relaxed SIMD as later versions do, but behind a flag.
  if (process.versions.v8.startsWith('11.3.')) {
    setFlagsFromString('--experimental-wasm-relaxed-simd');
  }
  const fused = validate(relaxed);
  return { module: new Module(fused ? relaxed : plain), fused };
}

/** Names a module's kernels in the order in which an instance lists them. */
export function kernelNames(module: object): string[] {
  return Module.exports(module).map(({ name }) => name);
}

/** Instantiates the kernels on a heap; `memory` is the backend's `WebAssembly.Memory`. */
export function instantiateKernels(module: object, memory: unknown): KernelInstance {
  const { exports } = new Instance(module, { env: { memory } });
  const { useScratch } = exports;
  if (useScratch === undefined) throw new Error('the kernels have no useScratch');
  return { kernels: kernelNames(module).map((name) => exports[name]!), useScratch };
}
