/**
 * Loads an installation in a process of its own, which may crash: `nativeProbe.js FOLDER` computes
 * once and prints what it found as JSON.
 */
import { loadAddon } from './addon.ts';
import { serializeError } from '../protocol/userError.ts';
import type { ProbeReply } from './tryAddon.ts';

function probe(folder: string): ProbeReply {
  try {
    const addon = loadAddon(folder);
    const integers = (name: string, ...value: number[]) => ({
      name,
      type: addon.TF_ATTR_INT,
      value,
    });
    // One of our own ops: it is there only if it could be registered with this TensorFlow.
    const [pooled] = addon.executeOp(
      'BnLensMaxPool',
      [
        integers('window', 1, 2),
        integers('strides', 1, 2),
        integers('padding', 0, 0),
        integers('size', 1, 1),
      ],
      [addon.createTensor([1, 1, 2, 1], addon.TF_FLOAT, Float32Array.of(2, 3))],
      1,
    );
    const value = pooled === undefined ? NaN : addon.tensorDataSync(pooled.id)[0];
    if (value !== 3) throw new Error(`the larger of 2 and 3 is ${String(value)} to TensorFlow`);
    return { tensorflow: addon.TF_Version };
  } catch (error) {
    return { error: serializeError(error) };
  }
}

process.stdout.write(JSON.stringify(probe(process.argv[2] ?? '')));
