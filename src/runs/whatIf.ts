import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import type { WhatIfReport } from '../protocol/whatIf.ts';
import { fileFailure, hasCode } from './fileFailure.ts';
import { WHAT_IF } from './paths.ts';

const accuracy = { accuracy: v.number(), low: v.number(), high: v.number() };
const replacement = { ...accuracy, gain: v.number(), gainLow: v.number(), gainHigh: v.number() };

const whatIf = v.object({
  run: v.string(),
  step: v.number(),
  domains: v.array(
    v.object({
      domain: v.string(),
      images: v.number(),
      trained: v.object({ ...accuracy, n: v.number() }),
      layers: v.array(
        v.object({
          layer: v.string(),
          site: v.number(),
          meanSkew: v.nullable(v.number()),
          varianceSkew: v.nullable(v.number()),
          ...replacement,
        }),
      ),
      all: v.object(replacement),
    }),
  ),
  seconds: v.number(),
});

/** Keeps the latest what-if of a run in its directory. Throws a UserError when that fails. */
export async function writeWhatIf(directory: string, report: WhatIfReport): Promise<void> {
  const file = join(directory, WHAT_IF);
  try {
    await writeFile(`${file}.tmp`, `${JSON.stringify(report)}\n`);
    await rename(`${file}.tmp`, file);
  } catch (error) {
    throw fileFailure(error, 'write', file);
  }
}

/**
 * Reads the latest what-if of a run; null if there is none that this version can read.
 * Throws a UserError when the file cannot be read.
 */
export async function readWhatIf(directory: string): Promise<WhatIfReport | null> {
  const file = join(directory, WHAT_IF);
  try {
    const result = v.safeParse(whatIf, JSON.parse(await readFile(file, 'utf8')));
    return result.success ? result.output : null;
  } catch (error) {
    if (hasCode(error, 'ENOENT') || error instanceof SyntaxError) return null;
    throw fileFailure(error, 'read', file);
  }
}
