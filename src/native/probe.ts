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
    const two = addon.createTensor([1], addon.TF_FLOAT, Float32Array.of(2));
    const type = { name: 'T', type: addon.TF_ATTR_TYPE, value: addon.TF_FLOAT };
    const [product] = addon.executeOp('Mul', [type], [two, two], 1);
    const value = product === undefined ? NaN : addon.tensorDataSync(product.id)[0];
    if (value !== 4) throw new Error(`TensorFlow computes 2 x 2 = ${String(value)}`);
    return { tensorflow: addon.TF_Version };
  } catch (error) {
    return { error: serializeError(error) };
  }
}

process.stdout.write(JSON.stringify(probe(process.argv[2] ?? '')));
