import { setFlagsFromString } from 'node:v8';
import type { KernelInstance } from './kernelQueue.ts';

export type KernelExports = Readonly<Record<string, (...args: number[]) => void>>;

/** As much of WebAssembly as Node's types leave out and we need. */
interface WebAssemblyRuntime {
  readonly Module: {
    new (binary: Uint8Array): object;
    exports(module: object): { readonly name: string }[];
  };
  readonly Instance: new (module: object, imports: object) => { readonly exports: KernelExports };
  readonly validate: (binary: Uint8Array) => boolean;
}

const { Module, Instance, validate } = (
  globalThis as unknown as { readonly WebAssembly: WebAssemblyRuntime }
).WebAssembly;

/** The kernels, compiled, which every thread instantiates. */
export interface CompiledKernels {
  readonly module: object;
  /** Whether multiply-add rounds once. */
  readonly fused: boolean;
  /** Whether V8 was asked to join neighbouring vectors of four floats to ones of eight (AVX2). */
  readonly joined: boolean;
}

const v8 = Number.parseFloat(process.versions.v8);

/** Whether V8 can join vectors in loops that suit it, as V8 13 of Node 24 does on x64 processors. */
export function joinsVectors(): boolean {
  return v8 >= 13 && process.arch === 'x64';
}

/**
 * Compiles the build of the kernels that this processor and Node run fastest: with fused
 * multiply-add (relaxed SIMD), else without.
 */
export function compileKernels(relaxed: Uint8Array, plain: Uint8Array): CompiledKernels {
  // V8 11.3, of Node 20, has relaxed SIMD as later versions do, but behind a flag.
  if (v8 === 11.3) setFlagsFromString('--experimental-wasm-relaxed-simd');
  const joined = joinsVectors();
  if (joined) setFlagsFromString('--experimental-wasm-revectorize');
  const fused = validate(relaxed);
  return { module: new Module(fused ? relaxed : plain), fused, joined };
}

/** Names a module's kernels in the order in which an instance lists them. */
export function kernelNames(module: object): string[] {
  return Module.exports(module).map(({ name }) => name);
}

/** Returns the kernels on a heap by name; `memory` is the backend's `WebAssembly.Memory`. */
export function kernelExports(module: object, memory: unknown): KernelExports {
  return new Instance(module, { env: { memory } }).exports;
}

/** Instantiates the kernels on a heap for a thread; `wide` as {@link prefersWideTiles} has found. */
export function instantiateKernels(module: object, memory: unknown, wide: boolean): KernelInstance {
  const exports = kernelExports(module, memory);
  const { useScratch, useWideTiles } = exports;
  if (useScratch === undefined || useWideTiles === undefined) {
    throw new Error('the kernels lack useScratch or useWideTiles');
  }
  if (wide) useWideTiles();
  return { kernels: kernelNames(module).map((name) => exports[name]!), useScratch };
}
