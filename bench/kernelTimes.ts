import * as tf from '@tensorflow/tfjs';

/** Calls of one kernel and the time in it, without that in kernels which it calls, ms. */
export interface KernelTime {
  readonly name: string;
  calls: number;
  ms: number;
}

/** Adds up the time in each kernel of the current backend, from construction on. */
export class KernelTimes {
  readonly #times = new Map<string, KernelTime>();
  /** Time in the kernels that the kernel under way has called. */
  #inner = 0;

  constructor() {
    for (const kernel of tf.getKernelsForBackend(tf.getBackend())) {
      const { kernelName, kernelFunc } = kernel;
      kernel.kernelFunc = (call) => {
        const outer = this.#inner;
        this.#inner = 0;
        const start = performance.now();
        try {
          return kernelFunc(call);
        } finally {
          const all = performance.now() - start;
          this.#add(kernelName, all - this.#inner);
          this.#inner = outer + all;
        }
      };
    }
  }

  /** Returns the times since the last call, longest first. */
  take(): KernelTime[] {
    const times = [...this.#times.values()].sort((a, b) => b.ms - a.ms);
    this.#times.clear();
    return times;
  }

  #add(name: string, ms: number): void {
    const time = this.#times.get(name) ?? { name, calls: 0, ms: 0 };
    time.calls += 1;
    time.ms += ms;
    this.#times.set(name, time);
  }
}
