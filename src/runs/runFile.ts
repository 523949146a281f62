import { access, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as v from 'valibot';
import { RUN_SCHEMA } from '../protocol/run.ts';
import type { RunFile } from '../protocol/run.ts';
import { UserError } from '../protocol/userError.ts';
import { fileFailure, hasCode } from './fileFailure.ts';
import { RUN_JSON } from './paths.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const position = v.object({ file: v.string(), line: count, column: count });

const runFile = v.object({
  schema: v.literal(RUN_SCHEMA),
  name: v.string(),
  created: v.pipe(v.string(), v.isoTimestamp()),
  root: v.string(),
  experiment: v.string(),
  modules: v.array(v.object({ path: v.string(), sha256: v.string(), text: v.string() })),
  strategy: v.string(),
  normalization: v.exactOptional(
    v.object({
      forward: v.picklist(['concatenated', 'per-domain']),
      layers: v.record(v.string(), v.string()),
    }),
  ),
  seed: v.number(),
  epochs: count,
  stepsPerEpoch: count,
  phases: v.exactOptional(
    v.array(
      v.object({
        name: v.string(),
        domains: v.array(count),
        firstStep: count,
        steps: count,
        epochs: count,
        stepsPerEpoch: count,
        layers: v.nullable(v.array(v.string())),
        rateFactor: v.number(),
        judges: v.array(count),
        parametersTrained: v.boolean(),
        parametersDecayed: v.boolean(),
        statisticsUsed: v.picklist(['batch', 'moving']),
        statisticsUpdated: v.boolean(),
      }),
    ),
  ),
  oracle: v.exactOptional(v.literal(true)),
  batchSize: count,
  backend: v.object({ name: v.string(), threads: count }),
  versions: v.record(v.string(), v.string()),
  host: v.string(),
  classes: v.array(v.string()),
  domains: v.array(
    v.object({
      name: v.string(),
      kind: v.picklist(['synthetic', 'real']),
      labelled: v.boolean(),
      trainLabels: v.exactOptional(count),
      effectiveImages: v.exactOptional(count),
      fingerprint: v.exactOptional(v.string()),
      images: v.object({ train: count, validation: count, test: count }),
    }),
  ),
  sites: v.array(
    v.object({
      name: v.string(),
      layer: v.string(),
      call: count,
      pooled: v.boolean(),
      channels: count,
      handling: v.picklist(['mixed', 'handled']),
      frames: v.array(position),
    }),
  ),
  pairs: v.array(v.object({ a: count, b: count })),
  controls: v.optional(v.array(v.object({ domain: count, halves: v.tuple([count, count]) })), []),
  alignments: v.optional(
    v.array(
      v.object({
        name: v.string(),
        layer: v.string(),
        side: v.picklist(['input', 'output']),
        discriminator: v.boolean(),
        settings: v.record(v.string(), v.unknown()),
      }),
    ),
    [],
  ),
  flags: v.object({ tolerance: v.number(), alpha: v.number() }),
  record: v.object({ channelsEvery: count, mmdEvery: count, probeEvery: v.exactOptional(count) }),
  git: v.nullable(v.object({ commit: v.string(), dirty: v.boolean() })),
});

/**
 * Reads and checks a run directory's run.json.
 * Throws a UserError when it is missing, damaged, or of a newer format.
 */
export async function readRunFile(directory: string): Promise<RunFile> {
  const file = join(directory, RUN_JSON);
  const json = parse(await readText(file), file);
  refuseNewer(json, directory);
  const result = v.safeParse(runFile, json);
  if (!result.success) {
    const [issue] = result.issues;
    throw new UserError(
      `"${file}" is no valid run: ${v.getDotPath(issue) ?? ''}: ${issue.message}.`,
    );
  }
  return result.output;
}

/** Throws a UserError when a run that was read before has been deleted meanwhile. */
export async function refuseDeleted(directory: string): Promise<void> {
  try {
    await access(join(directory, RUN_JSON));
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ENOTDIR')) return;
    throw new UserError(`Run "${basename(directory)}" was deleted: "${directory}" is gone.`);
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) {
      throw new UserError(`There is no run here: "${file}" does not exist.`);
    }
    throw fileFailure(error, 'read', file);
  }
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UserError(`"${file}" is damaged: it is no JSON.`);
  }
}

function refuseNewer(json: unknown, directory: string): void {
  if (typeof json !== 'object' || json === null || !('schema' in json)) return;
  if (typeof json.schema === 'number' && json.schema > RUN_SCHEMA) {
    throw new UserError(
      `Run "${basename(directory)}" has format ${json.schema}; this BN Lens reads formats up to ${RUN_SCHEMA}.`,
      { hint: 'Update BN Lens.' },
    );
  }
}
