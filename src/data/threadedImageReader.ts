import { Worker } from 'node:worker_threads';
import type { ImageReply, ImageRequest } from './imageThread.ts';
import type { ImageReader, RawImage } from './source.ts';

interface Pending {
  readonly resolve: (image: RawImage) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Reads images on a thread of its own, which starts with the first one: a batch that is asked for
 * ahead is read while this thread is busy with a step.
 */
export class ThreadedImageReader implements ImageReader {
  #worker: Worker | null = null;
  #lastId = 0;
  readonly #pending = new Map<number, Pending>();

  /** @param thread - path of dist/imageThread.js; `wasmDirectory` is as for `createImageReader`. */
  constructor(
    private readonly thread: string,
    private readonly wasmDirectory: string,
  ) {}

  read(path: string): Promise<RawImage> {
    const worker = (this.#worker ??= this.#start());
    worker.ref();
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      worker.postMessage({ id, path } satisfies ImageRequest);
    });
  }

  #start(): Worker {
    const worker = new Worker(this.thread, { workerData: { wasmDirectory: this.wasmDirectory } });
    worker.on('message', (reply: ImageReply) => {
      const pending = this.#pending.get(reply.id);
      this.#pending.delete(reply.id);
      if ('image' in reply) pending?.resolve(reply.image);
      else pending?.reject(new Error(reply.reason));
      // Nobody waits: the thread must not keep the process.
      if (this.#pending.size === 0) worker.unref();
    });
    worker.on('error', (error) => {
      this.#worker = null;
      for (const { reject } of this.#pending.values()) reject(error);
      this.#pending.clear();
    });
    return worker;
  }
}
