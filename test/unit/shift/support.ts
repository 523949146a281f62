import { join } from 'node:path';
import { createImageReader } from '../../../src/data/imageReader.ts';
import { openSet } from '../../../src/shift/openSet.ts';
import type { ValueSet } from '../../../src/shift/valueSet.ts';
import type { PreprocessStep } from '../../../src/data/preprocess/step.ts';
import { codecFolder } from '../data/support.ts';

/** Arrays that NumPy wrote. */
export const ARRAYS = join(import.meta.dirname, '../../fixtures/shift');

const images = createImageReader(codecFolder());

export function open(
  cwd: string,
  path: string,
  resize: PreprocessStep | null = null,
): Promise<ValueSet> {
  return openSet(path, { cwd, images, resize });
}

export async function itemsOf(set: ValueSet): Promise<number[][]> {
  const items: number[][] = [];
  for await (const item of set.items()) items.push(Array.from(item));
  return items;
}
