import { resolve } from 'node:path';
import { advise } from '../advice/advise.ts';
import type { AdaptationEvent } from '../protocol/adaptation.ts';
import type { RunDelta } from '../protocol/delta.ts';
import type { EndReason, RunEvent, RunMetrics } from '../protocol/events.ts';
import { faultSeverity, type FaultEvent, type FaultSeverity } from '../protocol/faults.ts';
import type { Advice } from '../protocol/advice.ts';
import type { WhatIfReport } from '../protocol/whatIf.ts';
import type { Handling, RunFile, RunNormalization, RunSite } from '../protocol/run.ts';
import { countProbes } from '../protocol/probes.ts';
import { namedPhases, type NamedPhase } from '../protocol/phaseText.ts';
import { latestRows } from '../protocol/tableRows.ts';
import { flagHistory, type FlagHistory } from '../runs/activeFlags.ts';
import { lastAttempt } from './lastAttempt.ts';
import { mmdReports, type MmdReport } from './mmdReport.ts';
import { placeNames } from './placeNames.ts';
import { epochLosses, lossesSha256 } from './losses.ts';

/** A flagged layer in a {@link RunReport}. */
export interface FlagReport {
  readonly site: string;
  /** Names of the two domains. */
  readonly pair: readonly [string, string];
  readonly handling: Handling;
  readonly step: number;
  /** The e-value at that step; null where it exceeds the range of a double. */
  readonly eValue: number | null;
  /** Its natural logarithm. */
  readonly logE: number;
  /** RMS gap of the channel means at that step, and what no difference gives. */
  readonly gap: number;
  readonly floor: number;
  /** The step at which the difference began, about; null where the run does not say. */
  readonly onset: number | null;
  /** Channels that differ by their own evidence, strongest first. */
  readonly channels: readonly number[];
  /** Step at which the flag was taken back; null if it stands. */
  readonly clearedAt: number | null;
  /** Where the layer is constructed, an absolute path; null when that is unknown. */
  readonly file: string | null;
  readonly line: number | null;
}

/** A fault in a {@link RunReport}: the event with names for ids. */
export interface FaultReport extends Pick<
  FaultEvent,
  'code' | 'step' | 'message' | 'hint' | 'value' | 'threshold'
> {
  readonly severity: FaultSeverity;
  readonly site: string | null;
  readonly domain: string | null;
  /** Where the layer is constructed, an absolute path; null without a layer, or when unknown. */
  readonly file: string | null;
  readonly line: number | null;
}

/** What was adapted to a domain before its test. */
export interface AdaptationReport extends Pick<
  AdaptationEvent,
  'name' | 'images' | 'layers' | 'entropies'
> {
  readonly domain: string;
}

/** What `bn-lens train --json` prints: the outcome of a run, from its directory alone. */
export interface RunReport {
  /** Absolute path of the run directory. */
  readonly run: string;
  readonly name: string;
  /** Absolute path of the experiment file. */
  readonly experiment: string;
  readonly strategy: string;
  /** What of the normalization is not in the strategy's name; null of runs of earlier versions. */
  readonly normalization: RunNormalization | null;
  /** Whether labels that may not be trained on chose the checkpoint. */
  readonly oracle: boolean;
  /** What is trained when, and how BatchNorm is treated meanwhile, as run.json has it. */
  readonly phases: readonly NamedPhase[];
  readonly seed: number;
  readonly backend: string;
  readonly threads: number;
  /** How the last attempt ended; `died` when its trainer never said that it ended. */
  readonly reason: EndReason | 'died';
  /** Why, for `failed` and `died`. */
  readonly error: string | null;
  /** Whether it has not finished and has a checkpoint from which it can go on. */
  readonly resumable: boolean;
  readonly steps: number;
  readonly totalSteps: number;
  readonly epochs: number;
  /** Null for a run that died. */
  readonly stepMs: { readonly median: number } | null;
  readonly bestStep: number | null;
  readonly metrics: RunMetrics;
  /** Without the adaptation at test; null if the strategy has none. */
  readonly unadapted: RunMetrics | null;
  readonly adaptations: readonly AdaptationReport[];
  /** Which strategies to try next, and why; none without evidence. */
  readonly advice: readonly Advice[];
  readonly flags: readonly FlagReport[];
  /** Looks at domains that a phase did not train on; null where every phase trains on all. */
  readonly probes: number | null;
  readonly mmd: readonly MmdReport[];
  readonly faults: readonly FaultReport[];
  /**
   * Of `spectral`, the most by which each BatchNorm layer multiplies a channel at the end; null of
   * other strategies.
   */
  readonly scales: Readonly<Record<string, number | null>> | null;
  /** Mean loss of each epoch by labelled domain. */
  readonly losses: Readonly<Record<string, readonly (number | null)[]>>;
  /**
   * Over the 32-bit losses of all steps and domains: equal only if all are, to the last bit. Null
   * where losses are missing from a damaged file.
   */
  readonly lossesSha256: string | null;
  /** One sentence for each file of the run that is damaged; the report is of the intact rest. */
  readonly warnings: readonly string[];
}

/**
 * Sums up a run of which a trainer has just ended. `whatIf` is what was kept of one; `processEnd` says in words how its process did,
 * for a run that did not end itself. The run must have been read step by step, not from a level.
 */
export function runReport(
  directory: string,
  { run, events, tables, status, warnings, damaged }: RunDelta,
  whatIf: WhatIfReport | null,
  processEnd: string,
): RunReport {
  const summary = lastAttempt(events).find((event) => event.type === 'ended');
  const root = resolve(directory, run.root);
  const steps = tables.steps ?? NO_STEPS;
  const mmd = latestRows('mmd', tables.mmd);
  return {
    run: directory,
    name: run.name,
    experiment: resolve(root, run.experiment),
    strategy: run.strategy,
    normalization: run.normalization ?? null,
    oracle: run.oracle === true,
    phases: namedPhases(run),
    seed: run.seed,
    backend: run.backend.name,
    threads: run.backend.threads,
    reason: summary?.reason ?? 'died',
    error: summary === undefined ? describeDeath(status, processEnd) : (summary.error ?? null),
    resumable:
      summary?.reason !== 'finished' && events.some((event) => event.type === 'checkpoint'),
    steps: status.step,
    totalSteps: status.totalSteps,
    epochs: status.epoch,
    stepMs: summary?.stepMs ?? null,
    bestStep: summary?.bestStep ?? null,
    metrics: summary?.metrics ?? {},
    unadapted: summary?.unadapted ?? null,
    adaptations: lastAttempt(events)
      .filter((event) => event.type === 'adaptation')
      .map(({ domain, name, images, layers, entropies }) => ({
        domain: run.domains[domain]?.name ?? `domain ${domain}`,
        name,
        images,
        layers,
        entropies,
      })),
    advice: advise(run, events, mmd, whatIf),
    flags: flagHistory(events).map((flag) => flagReport(flag, run, root)),
    probes: countProbes(run, steps.step),
    mmd: mmdReports(run, tables),
    faults: events
      .filter((event) => event.type === 'fault')
      .map((fault) => faultReport(fault, run, root)),
    scales: scalesOf(run, events),
    losses: epochLosses(run, steps),
    lossesSha256: damaged.includes('steps') ? null : lossesSha256(steps),
    warnings,
  };
}

function scalesOf(run: RunFile, events: readonly RunEvent[]): RunReport['scales'] {
  if (!run.strategy.split('+').includes('spectral')) return null;
  const scales = events.findLast((event) => event.type === 'epoch')?.scales;
  if (scales === undefined) return null;
  return Object.fromEntries(run.sites.map(({ name }, site) => [name, scales[site] ?? null]));
}

const NO_STEPS = {
  step: new Int32Array(),
  domain: new Int32Array(),
  loss: new Float64Array(),
};

function describeDeath({ step, totalSteps, lastSign }: RunDelta['status'], end: string): string {
  const sign =
    lastSign === null
      ? 'it never gave a sign'
      : `last heartbeat ${new Date(lastSign).toISOString()}`;
  return `The trainer died at step ${step} of ${totalSteps} (${sign}): ${end}`;
}

function flagReport({ flag, cleared }: FlagHistory, run: RunFile, root: string): FlagReport {
  const eValue = Math.exp(flag.logE);
  return {
    ...placeNames(flag, run),
    handling: flag.handling,
    step: flag.step,
    eValue: Number.isFinite(eValue) ? eValue : null,
    logE: flag.logE,
    gap: flag.gap,
    floor: flag.gapFloor,
    onset: flag.onset ?? null,
    channels: flag.channels ?? [],
    clearedAt: cleared?.step ?? null,
    ...construction(run.sites[flag.site], root),
  };
}

function faultReport(fault: FaultEvent, { sites, domains }: RunFile, root: string): FaultReport {
  const { code, step, message, hint, value, threshold } = fault;
  const site = sites[fault.site ?? -1];
  return {
    code,
    severity: faultSeverity(fault),
    step,
    site: site?.name ?? null,
    domain: domains[fault.domain ?? -1]?.name ?? null,
    message,
    hint,
    ...(value !== undefined && { value }),
    ...(threshold !== undefined && { threshold }),
    ...construction(site, root),
  };
}

/** Gives the place where a site's layer is constructed. */
function construction(
  site: RunSite | undefined,
  root: string,
): { readonly file: string | null; readonly line: number | null } {
  const frame = site?.frames[0];
  return {
    file: frame === undefined ? null : resolve(root, frame.file),
    line: frame?.line ?? null,
  };
}
