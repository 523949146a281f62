import * as v from 'valibot';
import type { RunEvent } from '../protocol/events.ts';
import { DISTANCES } from '../protocol/tables.ts';
import type { FormerEvent } from './formerEvents.ts';

const number = v.number();
/** JSON has null for what is not finite. */
const measured = v.nullable(v.number());
const metrics = { accuracy: measured, n: number, low: measured, high: measured, loss: measured };
const metricsByDomain = v.record(v.string(), v.record(v.string(), v.object(metrics)));
const begun = { attempt: number, pid: number, host: v.string() };
const pair = { step: number, site: number, pair: number };
const distance = v.object({
  value: measured,
  expected: measured,
  floor95: measured,
  floor99: measured,
});

/** What is read of the events of this version. */
const FIELDS = {
  started: v.object(begun),
  resumed: v.object({ ...begun, fromStep: number }),
  phase: v.object({ phase: number, step: number, fromStep: v.nullable(number) }),
  epoch: v.object({
    epoch: number,
    step: number,
    learningRate: v.optional(measured),
    scales: v.optional(v.array(measured)),
  }),
  eval: v.object({
    step: number,
    epoch: number,
    domain: number,
    split: v.string(),
    final: v.boolean(),
    ...metrics,
  }),
  flag: v.object({
    ...pair,
    handling: v.picklist(['mixed', 'handled']),
    logE: number,
    gap: number,
    gapFloor: number,
    onset: v.optional(number),
    channels: v.optional(v.array(number)),
  }),
  cleared: v.object({ ...pair, raisedAt: number, logE: number }),
  fault: v.object({
    code: v.string(),
    step: number,
    site: v.optional(number),
    domain: v.optional(number),
    term: v.optional(number),
    message: v.string(),
    hint: v.string(),
    value: v.optional(measured),
    threshold: v.optional(measured),
  }),
  adaptation: v.object({
    step: number,
    domain: number,
    name: v.string(),
    images: number,
    file: v.string(),
    layers: v.array(
      v.object({ layer: v.string(), meanSe: measured, logDeviationSe: measured, enough: measured }),
    ),
    entropies: v.array(measured),
  }),
  warning: v.object({ code: v.string(), message: v.string(), step: v.optional(number) }),
  checkpoint: v.object({ step: number, epoch: number, file: v.string(), best: v.boolean() }),
  paused: v.object({ step: number }),
  continued: v.object({ step: number }),
  heartbeat: v.object({ step: number, epoch: number }),
  ended: v.object({
    reason: v.picklist(['finished', 'stopped', 'lease', 'failed']),
    step: number,
    epoch: number,
    stepMs: v.object({ median: number }),
    bestStep: v.nullable(number),
    metrics: metricsByDomain,
    unadapted: v.optional(metricsByDomain),
    error: v.optional(v.string()),
  }),
} as const satisfies Readonly<Record<RunEvent['type'], v.GenericSchema>>;

/** The same of those that only earlier versions wrote. */
const FORMER_FIELDS = {
  mmd: v.object({
    ...pair,
    mmd2: measured,
    bandwidths: v.array(number),
    permutationTest: v.optional(v.object({ p: measured, permutations: number })),
    classes: v.optional(v.array(v.object({ label: number, mmd2: measured }))),
  }),
  divergence: v.object({
    ...pair,
    ...Object.fromEntries(DISTANCES.map((name) => [name, distance])),
  }),
} as const satisfies Readonly<Record<FormerEvent['type'], v.GenericSchema>>;

const ALL_FIELDS: Readonly<Partial<Record<string, v.GenericSchema>>> = {
  ...FIELDS,
  ...FORMER_FIELDS,
};

/** Tells whether this version knows the event; others are additions of later versions. */
export function isKnown(event: RunEvent | FormerEvent): event is RunEvent {
  return Object.hasOwn(FIELDS, event.type);
}

/** Tells whether an event has the fields that are read of its type; of an unknown type none are. */
export function hasItsFields(event: RunEvent | FormerEvent): boolean {
  const fields = ALL_FIELDS[event.type];
  return fields === undefined || v.is(fields, event);
}
