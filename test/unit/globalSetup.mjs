import { buildWasm } from '../../wasm.mjs';

export const setup = buildWasm;
