import { join } from 'node:path';
import { UserError } from '../protocol/userError.ts';
import { ADDON_FILE, INSTALL_HINT } from './installation.ts';

/** A tensor of the addon's. */
export interface AddonTensor {
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: number;
}

/** The part of the addon's interface that is used without tfjs-node's backend. */
export interface Addon {
  readonly TF_Version: string;
  readonly TF_FLOAT: number;
  readonly TF_ATTR_INT: number;
  createTensor(shape: readonly number[], dtype: number, values: Float32Array): number;
  executeOp(
    name: string,
    attributes: readonly {
      readonly name: string;
      readonly type: number;
      readonly value: readonly number[];
    }[],
    inputs: readonly number[],
    outputs: number,
  ): AddonTensor[];
  tensorDataSync(id: number): Float32Array;
}

/**
 * Loads the addon in a folder, and with it TensorFlow, into this process.
 * Throws a UserError that says which library cannot be loaded.
 */
export function loadAddon(folder: string): Addon {
  // TensorFlow tells of the processor and of its own settings on stderr otherwise.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '3';
  const file = join(folder, ADDON_FILE);
  const module: { exports: unknown } = { exports: {} };
  try {
    process.dlopen(module, file);
  } catch (error) {
    throw new UserError(`TensorFlow cannot be loaded: ${(error as Error).message}`, {
      hint: INSTALL_HINT,
    });
  }
  return module.exports as Addon;
}
