import { createImageReader } from '../data/imageReader.ts';
import { resize } from '../data/preprocess/resize.ts';
import { compareSets } from '../shift/compareSets.ts';
import { openSet } from '../shift/openSet.ts';
import { EXIT, type Environment, type ExitCode } from './environment.ts';
import { describeShift } from './shiftText.ts';

export interface ShiftOptions {
  /** Height and width. */
  readonly resize?: readonly [number, number];
  readonly json?: boolean;
}

/** Compares two sets of data: says how far they are apart, and what differs in them. */
export async function shift(
  a: string,
  b: string,
  { resize: size, json = false }: ShiftOptions,
  { cwd, stdout, wasm }: Environment,
): Promise<ExitCode> {
  const options = {
    cwd,
    images: createImageReader(wasm),
    resize: size === undefined ? null : resize(...size),
  };
  const [setA, setB] = [await openSet(a, options), await openSet(b, options)];
  const report = await compareSets(setA, setB);
  stdout.write(json ? `${JSON.stringify(report)}\n` : describeShift(report));
  return EXIT.done;
}
