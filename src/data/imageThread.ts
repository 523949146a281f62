import { parentPort, workerData } from 'node:worker_threads';
import { createImageReader } from './imageReader.ts';
import type { RawImage } from './source.ts';

/** What the thread is asked: to read a file. */
export interface ImageRequest {
  readonly id: number;
  readonly path: string;
}

/** What it answers: the image, or a reason that completes "the file ...". */
export type ImageReply =
  | { readonly id: number; readonly image: RawImage }
  | { readonly id: number; readonly reason: string };

/** The thread that reads and decodes images; src/data/threadedImageReader.ts starts it. */
const reader = createImageReader((workerData as { readonly wasmDirectory: string }).wasmDirectory);

async function answer({ id, path }: ImageRequest): Promise<void> {
  try {
    const image = await reader.read(path);
    parentPort?.postMessage({ id, image } satisfies ImageReply, [image.data.buffer as ArrayBuffer]);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    parentPort?.postMessage({ id, reason } satisfies ImageReply);
  }
}

parentPort?.on('message', (request: ImageRequest) => {
  void answer(request);
});
