import * as v from 'valibot';
import type { DomainDeclaration, SplitDeclaration } from '../data/domainDeclaration.ts';
import type { PreprocessStep } from '../data/preprocess/step.ts';
import type { DataSource } from '../data/source.ts';
import { completeOptimizer, type OptimizerSpec } from '../nn/optimizers/specs.ts';
import { UserError } from '../protocol/userError.ts';
import { settingsEntries } from '../strategies/axes.ts';
import {
  completed,
  fields,
  isUnknownField,
  madeBy,
  number,
  shown,
  wholeFrom,
} from '../validation/fields.ts';
import type { Experiment, ModelBuilder } from './declaration.ts';

/**
 * Checks a declaration and fills in its defaults.
 * @throws UserError naming the field at fault, for the first fault found; unknown fields come first,
 * because a misspelt field also seems to be missing.
 */
export function validateExperiment(declaration: unknown): Experiment {
  const result = v.safeParse(experimentSchema, declaration);
  if (result.success) return result.output;
  const issue = result.issues.find(isUnknownField) ?? result.issues[0];
  const field = issue.path?.map(({ key }) => String(key)) ?? [];
  // An unknown field is at fault itself, but the message is about what holds it.
  const subject = isUnknownField(issue) ? field.slice(0, -1) : field;
  const prefix = subject.length > 0 ? `${subject.join('.')}: ` : '';
  throw new UserError(prefix + issue.message, { field });
}

const share = number(
  'a fraction or a number of images',
  (value) => value >= 0 && (value <= 1 || Number.isSafeInteger(value)),
);

const splitSchema = v.pipe(
  fields({
    train: v.pipe(
      share,
      v.check((value) => value > 0, 'must be more than 0: every domain is trained on'),
    ),
    validation: v.exactOptional(share),
    test: v.exactOptional(share),
  }),
  v.check(
    (split) => isFractions(split) || Object.values(split).every(Number.isSafeInteger),
    'mixes fractions and numbers of images; use one of them for all parts',
  ),
  v.check(
    (split) => !isFractions(split) || total(split) <= 1 + 1e-9,
    (issue) => `the fractions add up to ${Number(total(issue.input).toFixed(6))}, more than 1`,
  ),
);

const labelsSchema = v.custom<'all' | 'none' | number>(
  (value) =>
    value === 'all' || value === 'none' || (Number.isSafeInteger(value) && Number(value) > 0),
  (issue) => `must be 'all', 'none' or a number of images, got ${shown(issue)}`,
);

const domainSchema = v.pipe(
  fields({
    kind: v.picklist(
      ['synthetic', 'real'],
      (issue) => `must be 'synthetic' or 'real', got ${shown(issue)}`,
    ),
    data: madeBy<DataSource>('imageFolder(...) or idx(...)', 'open'),
    split: v.exactOptional(splitSchema),
    labels: v.exactOptional(labelsSchema),
  }),
  v.forward(
    v.partialCheck(
      [['kind'], ['split', 'test']],
      ({ kind, split }: Pick<DomainDeclaration, 'kind' | 'split'>) =>
        kind === 'real' || (split?.test ?? 0) === 0,
      'only real domains have a test part; this one is synthetic',
    ),
    ['split', 'test'],
  ),
);

const domainsSchema = v.pipe(
  v.record(
    v.pipe(
      v.string(),
      v.regex(
        /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
        (issue) =>
          `${shown(issue)} is no domain name; use letters, digits, ".", "_" and "-", a letter or digit first`,
      ),
    ),
    domainSchema,
    (issue) => `must be an object of domains by name, got ${shown(issue)}`,
  ),
  v.check((domains) => Object.keys(domains).length > 0, 'there is no domain; declare at least one'),
  v.check(
    (domains) => twins(domains) === null,
    (issue) => `${twins(issue.input) ?? ''} differ in case only; file systems may not`,
  ),
);

const experimentSchema = fields({
  domains: domainsSchema,
  preprocess: v.optional(
    v.array(
      madeBy<PreprocessStep>('resize(...) or rescale(...)', 'apply'),
      (issue) => `must be a list of steps, got ${shown(issue)}`,
    ),
    [],
  ),
  model: v.custom<ModelBuilder>(
    (value) => typeof value === 'function',
    (issue) => `must be a function that returns a tf.LayersModel, got ${shown(issue)}`,
  ),
  train: fields({
    epochs: wholeFrom(1),
    batchSize: wholeFrom(2),
    optimizer: v.pipe(
      v.custom<OptimizerSpec>(
        (value) =>
          ['adamW', 'adam', 'sgd'].includes((value as Partial<OptimizerSpec> | null)?.type ?? ''),
        (issue) => `must be made by adamW(...), adam(...) or sgd(...), got ${shown(issue)}`,
      ),
      completed(completeOptimizer),
    ),
    clipNorm: v.exactOptional(number('a number above 0', (value) => value > 0)),
    labelSmoothing: v.optional(
      number('a number of at least 0 and below 1', (value) => value >= 0 && value < 1),
      0,
    ),
    earlyStopping: v.exactOptional(fields({ patience: wholeFrom(1) })),
    selection: v.exactOptional(
      v.pipe(
        v.array(v.string(), (issue) => `must be a list of domains, got ${shown(issue)}`),
        v.minLength(1, 'names no domain; leave it out to take those that are trained on'),
      ),
    ),
  }),
  strategies: v.optional(fields(settingsEntries()), {}),
  flags: v.optional(
    fields({
      tolerance: v.optional(
        number('a number of at least 0', (value) => value >= 0),
        0.1,
      ),
      alpha: v.optional(
        number('a number between 0 and 1', (value) => value > 0 && value < 1),
        0.05,
      ),
    }),
    {},
  ),
  record: v.optional(
    fields({
      channelsEvery: v.optional(wholeFrom(1), 50),
      mmdEvery: v.optional(wholeFrom(1), 50),
      probeEvery: v.optional(wholeFrom(1), 10),
    }),
    {},
  ),
});

function isFractions(split: SplitDeclaration): boolean {
  return Object.values(split).every((value) => value <= 1);
}

function total(split: SplitDeclaration): number {
  return split.train + (split.validation ?? 0) + (split.test ?? 0);
}

/** Names two domains whose names differ in case only. */
function twins(domains: Readonly<Record<string, unknown>>): string | null {
  const seen = new Map<string, string>();
  for (const name of Object.keys(domains)) {
    const earlier = seen.get(name.toLowerCase());
    if (earlier !== undefined) return `"${earlier}" and "${name}"`;
    seen.set(name.toLowerCase(), name);
  }
  return null;
}
