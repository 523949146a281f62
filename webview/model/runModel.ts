import type { Advice } from '../../src/protocol/advice.ts';
import type { RunEvent, RunNote, RunStatus } from '../../src/protocol/events.ts';
import { faultSeverity, type FaultSeverity } from '../../src/protocol/faults.ts';
import type { PanelEvent, RunUpdate, RunView } from '../../src/protocol/panel.ts';
import type { RunFile, Split } from '../../src/protocol/run.ts';
import { latestRows } from '../../src/protocol/tableRows.ts';
import type { TableRow } from '../../src/protocol/tables.ts';
import type { SourcePosition } from '../../src/protocol/userError.ts';
import type { WhatIfReport } from '../../src/protocol/whatIf.ts';
import { Series, type SourceRows } from './series.ts';

export type EventOf<T extends RunEvent['type']> = Extract<RunEvent, { readonly type: T }>;

const STEP_COLUMNS = ['loss', 'accuracy'] as const;
const SITE_COLUMNS = ['mean', 'variance'] as const;
const ALIGNMENT_COLUMNS = ['loss', 'weight', 'accuracy'] as const;
const PAIR_COLUMNS = ['gap', 'gapSe', 'gapFloor', 'logVarianceRatio', 'logE'] as const;

export type StepSeries = Series<(typeof STEP_COLUMNS)[number]>;
export type SiteSeries = Series<(typeof SITE_COLUMNS)[number]>;
export type AlignmentSeries = Series<(typeof ALIGNMENT_COLUMNS)[number]>;
export type PairSeries = Series<(typeof PAIR_COLUMNS)[number]>;

/** What the run, or what was read of it, warns of. */
export interface Warning {
  readonly severity: FaultSeverity;
  readonly text: string;
  /** How to mend it; null where nothing is known. */
  readonly hint: string | null;
}

/** All that the page knows of its run: a function of the run directory. */
export class RunModel {
  readonly directory: string;
  readonly run: RunFile;
  readonly evals: EventOf<'eval'>[] = [];
  readonly warnings: Warning[] = [];
  readonly notes: RunNote[] = [];
  #whatIf: WhatIfReport | null = null;
  #advice: readonly Advice[] = [];
  readonly #adaptations = new Map<number, EventOf<'adaptation'>>();
  #status: RunStatus;
  #stepsPerSecond: number | null;
  #bestStep: number | null = null;
  #epoch: EventOf<'epoch'> | null = null;
  readonly #steps: StepSeries[];
  readonly #sites: SiteSeries[][];
  readonly #pairs: PairSeries[][];
  /** By site and domain; only domains with a control have rows. */
  readonly #controls: PairSeries[][];
  /** By term. */
  readonly #alignments: AlignmentSeries[];
  readonly #flags = new Map<string, EventOf<'flag'>[]>();
  readonly #cleared = new Map<string, EventOf<'cleared'>[]>();
  readonly #distances = new Map<string, TableRow<'distances'>>();
  readonly #mmd = new Map<string, TableRow<'mmd'>>();
  readonly #mmdWindows = new Map<string, TableRow<'mmdWindows'>>();
  readonly #mmdClasses = new Map<string, TableRow<'mmdClasses'>>();

  constructor(view: RunView) {
    const { run } = view;
    this.directory = view.directory;
    this.run = run;
    this.#status = view.status;
    this.#stepsPerSecond = view.stepsPerSecond;
    this.#steps = run.domains.map(() => new Series(STEP_COLUMNS));
    this.#sites = run.sites.map(() => run.domains.map(() => new Series(SITE_COLUMNS)));
    this.#pairs = run.sites.map(() => run.pairs.map(() => new Series(PAIR_COLUMNS)));
    this.#controls = run.sites.map(() => run.domains.map(() => new Series(PAIR_COLUMNS)));
    this.#alignments = run.alignments.map(() => new Series(ALIGNMENT_COLUMNS));
    this.append(view);
  }

  get status(): RunStatus {
    return this.#status;
  }

  /** Null when the run is not training now or its pace is not known yet. */
  get stepsPerSecond(): number | null {
    return this.#stepsPerSecond;
  }

  /** Step of the checkpoint that the closing evaluation used; null before it. */
  get bestStep(): number | null {
    return this.#bestStep;
  }

  /** The latest epoch that ended. */
  get epoch(): EventOf<'epoch'> | null {
    return this.#epoch;
  }

  /** Whether any step has been recorded. */
  get hasSteps(): boolean {
    return this.#steps.some(({ steps }) => steps.length > 0);
  }

  /** Natural logarithm of the e-value at which a pair at a site is flagged. */
  get logThreshold(): number {
    const { sites, pairs, flags } = this.run;
    return Math.log((sites.length * pairs.length) / flags.alpha);
  }

  /** What other statistics would give; null while nobody has asked. */
  get whatIf(): WhatIfReport | null {
    return this.#whatIf;
  }

  /** What is worth trying next. */
  get advice(): readonly Advice[] {
    return this.#advice;
  }

  /** Adds what the run's files gained. */
  append({ status, stepsPerSecond, tables, events, notes, damages, ...found }: RunUpdate): void {
    this.#whatIf = found.whatIf ?? this.#whatIf;
    this.#advice = found.advice ?? this.#advice;
    this.#status = status;
    this.#stepsPerSecond = stepsPerSecond;
    const { steps, sites, pairs, controls, alignments, distances, mmd, mmdClasses } = tables;
    if (steps) appendRows(steps, (row) => this.#steps[steps.domain[row]!]);
    if (sites) appendRows(sites, (row) => this.#sites[sites.site[row]!]?.[sites.domain[row]!]);
    if (pairs) appendRows(pairs, (row) => this.#pairs[pairs.site[row]!]?.[pairs.pair[row]!]);
    if (controls) {
      appendRows(controls, (row) => this.#controls[controls.site[row]!]?.[controls.domain[row]!]);
    }
    if (alignments) appendRows(alignments, (row) => this.#alignments[alignments.term[row]!]);
    for (const row of latestRows('distances', distances)) {
      this.#distances.set(key(row.site, row.pair), row);
    }
    for (const row of latestRows('mmd', mmd)) this.#mmd.set(key(row.site, row.pair), row);
    for (const row of latestRows('mmdWindows', tables.mmdWindows)) {
      this.#mmdWindows.set(key(row.site, row.pair), row);
    }
    for (const row of latestRows('mmdClasses', mmdClasses)) {
      this.#mmdClasses.set(`${key(row.site, row.pair)} ${row.class}`, row);
    }
    for (const event of events) this.#hear(event);
    this.notes.push(...notes);
    this.warnings.push(...damages.map(warning));
  }

  steps(domain: number): StepSeries {
    return existing(this.#steps[domain]);
  }

  site(site: number, domain: number): SiteSeries {
    return existing(this.#sites[site]?.[domain]);
  }

  pair(site: number, pair: number): PairSeries {
    return existing(this.#pairs[site]?.[pair]);
  }

  /** What two halves of a real domain show where nothing differs; see `RunFile.controls`. */
  control(site: number, domain: number): PairSeries {
    return existing(this.#controls[site]?.[domain]);
  }

  /** What a loss that aligns the domains said; see `RunFile.alignments`. */
  alignment(term: number): AlignmentSeries {
    return existing(this.#alignments[term]);
  }

  /** The flag that stands; none before one is raised or once it is cleared. */
  flag(site: number, pair: number): EventOf<'flag'> | undefined {
    const last = this.flags(site, pair).at(-1);
    return last && this.cleared(site, pair).some(({ raisedAt }) => raisedAt === last.step)
      ? undefined
      : last;
  }

  /** All flags that were raised, in order. */
  flags(site: number, pair: number): readonly EventOf<'flag'>[] {
    return this.#flags.get(key(site, pair)) ?? [];
  }

  /** All that took a flag back, in order. */
  cleared(site: number, pair: number): readonly EventOf<'cleared'>[] {
    return this.#cleared.get(key(site, pair)) ?? [];
  }

  /** The latest MMD estimate. */
  mmd(site: number, pair: number): TableRow<'mmd'> | undefined {
    return this.#mmd.get(key(site, pair));
  }

  /** The latest over several batches; none before there are enough, nor in runs of earlier versions. */
  mmdWindow(site: number, pair: number): TableRow<'mmdWindows'> | undefined {
    return this.#mmdWindows.get(key(site, pair));
  }

  /** The latest of one batch class by class: of those that had enough images in that step. */
  mmdClasses(site: number, pair: number): TableRow<'mmdClasses'>[] {
    const step = this.mmd(site, pair)?.step;
    return this.run.classes.flatMap((_, label) => {
      const row = this.#mmdClasses.get(`${key(site, pair)} ${label}`);
      return row !== undefined && row.step === step ? [row] : [];
    });
  }

  /** The latest distances; none before the first, nor in runs of the first versions. */
  distances(site: number, pair: number): TableRow<'distances'> | undefined {
    return this.#distances.get(key(site, pair));
  }

  /** The evaluation that counts for a part: the closing one, before it the latest. */
  metrics(domain: number, split: Split): EventOf<'eval'> | undefined {
    const all = this.evals.filter((event) => event.domain === domain && event.split === split);
    return all.findLast(({ final }) => final) ?? all.at(-1);
  }

  /** What was changed before the closing evaluation of a domain; none without an adaptation. */
  adaptation(domain: number): EventOf<'adaptation'> | undefined {
    return this.#adaptations.get(domain);
  }

  /** The closing evaluation without that. */
  unadapted(domain: number, split: Split): EventOf<'eval'> | undefined {
    return this.evals.findLast(
      (event) =>
        event.domain === domain && event.split === split && event.final && event.adapted !== true,
    );
  }

  /** Names a site; one whose name others have too (nested models) with its place in the source. */
  siteName(site: number): string {
    const { sites } = this.run;
    const { name, frames } = existing(sites[site]);
    const [frame] = frames;
    const isOnly = sites.filter((other) => other.name === name).length === 1;
    return isOnly || frame === undefined ? name : `${name} (${placeOf(frame)})`;
  }

  /** Names the two domains of a pair. */
  pairName(pair: number): string {
    const { a, b } = existing(this.run.pairs[pair]);
    return `${existing(this.run.domains[a]).name} ↔ ${existing(this.run.domains[b]).name}`;
  }

  #hear(event: PanelEvent): void {
    switch (event.type) {
      case 'eval':
        this.evals.push(event);
        return;
      case 'flag':
        addTo(this.#flags, event);
        return;
      case 'cleared':
        addTo(this.#cleared, event);
        return;
      case 'epoch':
        this.#epoch = event;
        return;
      case 'warning':
        this.warnings.push(warning(event.message));
        return;
      case 'fault': {
        const { message, hint } = event;
        this.warnings.push({ severity: faultSeverity(event), text: `${message}.`, hint });
        return;
      }
      case 'adaptation':
        this.#adaptations.set(event.domain, event);
        return;
      case 'ended':
        this.#bestStep = event.bestStep;
        return;
    }
  }
}

function warning(text: string): Warning {
  return { severity: 'warning', text, hint: null };
}

/** Names a line of a file without its folders: `digits.bn.ts:12`. */
export function placeOf({ file, line }: SourcePosition): string {
  return `${file.split('/').at(-1) ?? file}:${line}`;
}

function appendRows<C extends string>(
  rows: SourceRows<C>,
  seriesOf: (row: number) => Series<NoInfer<C>> | undefined,
): void {
  for (let row = 0; row < rows.step.length; row++) seriesOf(row)?.append(rows, row);
}

function addTo<E extends { readonly site: number; readonly pair: number }>(
  lists: Map<string, E[]>,
  event: E,
): void {
  const at = key(event.site, event.pair);
  lists.set(at, [...(lists.get(at) ?? []), event]);
}

function key(site: number, pair: number): string {
  return `${site} ${pair}`;
}

/** Ids come from run.json itself, so that a missing one is a bug. */
function existing<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('run.json has no such domain, site or pair.');
  return value;
}
