import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { UserError } from '../../protocol/userError.ts';

/** What the backend's own instance exports of its heap. */
export interface HeapExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** Allocates bytes; returns a signed address, or 0 where there is no room. */
  readonly malloc: (bytes: number) => number;
}

/** What of Emscripten's module can be replaced. */
interface HeapModule {
  _malloc: HeapExports['malloc'];
  onAbort: () => void;
}

/** A heap longer than this cannot grow by more than 64 MiB. */
const NEARLY_FULL = 2 ** 32 - 2 ** 26;

/**
 * Lets whatever needs memory throw a UserError when the heap is full: tensors, scratch, and what
 * the published kernels allocate for themselves, which otherwise abort without a reason. As
 * published, the backend puts a tensor for which there is no room at address 0.
 */
export function refuseFullHeap(backend: BackendWasm, { memory, malloc }: HeapExports): void {
  const module = backend.wasm as unknown as HeapModule;
  module._malloc = (bytes) => {
    const address = malloc(bytes);
    // Shortly before 4 GiB it may also return a block that ends behind the memory, and it takes
    // sizes modulo 4 GiB.
    if (address === 0 || (address >>> 0) + bytes > memory.buffer.byteLength) throw fullHeap();
    return address;
  };
  module.onAbort = () => {
    if (memory.buffer.byteLength > NEARLY_FULL) throw fullHeap();
  };
}

function fullHeap(): UserError {
  return new UserError('A step needs more memory than the 4 GiB that the wasm backend has.', {
    hint: 'Lower train.batchSize, make the images smaller, or use the native backend.',
  });
}
