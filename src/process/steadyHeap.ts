import { setFlagsFromString } from 'node:v8';

/** Garbage that V8 lets pile up, in percent of what is in use; without, up to three times as much. */
const GROWTH_PERCENT = 25;

/**
 * Has this process collect old garbage little by little, so that a long training needs as much memory
 * as a short one. A collection takes a few milliseconds in some hundred steps.
 */
export function keepHeapSteady(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
}
