import type { DeltaTables, RunDelta } from '../../protocol/delta.ts';
import type { RunEvent, RunStatus } from '../../protocol/events.ts';
import {
  SHOWN_EVENTS,
  type AppendMessage,
  type PanelEvent,
  type ReplaceMessage,
  type RunUpdate,
  type RunView,
} from '../../protocol/panel.ts';
import { keepLatest } from '../../protocol/tableRows.ts';
import type { RunTailer } from '../../runs/runTailer.ts';
import { Pace } from '../pace.ts';
import { RunFindings, type NewFindings } from './runFindings.ts';

/** About as many points a series as the widest chart has pixels. */
const RESOLUTION = 2_000;

/** Reads one run directory for one page, from its beginning. */
export class RunFeed {
  readonly #directory: string;
  readonly #tailer: Promise<RunTailer>;
  readonly #findings: RunFindings;
  #pace = new Pace();
  #status: RunStatus | undefined;

  constructor(directory: string) {
    this.#directory = directory;
    this.#tailer = openTailer(directory);
    this.#findings = new RunFindings(directory);
  }

  /** Reads the whole run as it is now. Throws a UserError when run.json cannot be read. */
  async open(): Promise<RunView> {
    const delta = await (await this.#tailer).poll();
    return this.#view(delta, await this.#findings.update(delta));
  }

  /** Reads what is new since the last time and says how the page takes it; null when nothing is. */
  async poll(): Promise<AppendMessage | ReplaceMessage | null> {
    const delta = await (await this.#tailer).poll();
    const findings = await this.#findings.update(delta);
    if (delta.reset) return { type: 'replace', view: this.#view(delta, findings) };
    if (!hasNews(delta, this.#status) && findings.whatIf === null) return null;
    return { type: 'append', update: this.#update(delta, findings) };
  }

  #view(delta: RunDelta, findings: NewFindings): RunView {
    this.#pace = new Pace();
    return {
      ...this.#update(delta, findings),
      directory: this.#directory,
      run: { ...delta.run, modules: [] },
    };
  }

  #update(delta: RunDelta, findings: NewFindings): RunUpdate {
    this.#status = delta.status;
    return {
      status: delta.status,
      stepsPerSecond: this.#pace.update(delta.status),
      tables: tablesForPanel(delta.tables),
      events: eventsForPanel(delta.events),
      notes: delta.notes,
      damages: delta.warnings,
      ...findings,
    };
  }
}

/** Loads the reader of tables, and with it Arrow, no sooner than a run is shown. */
async function openTailer(directory: string): Promise<RunTailer> {
  const { RunTailer } = await import('../../runs/runTailer.ts');
  return new RunTailer(directory, { resolution: RESOLUTION });
}

function hasNews(delta: RunDelta, before: RunStatus | undefined): boolean {
  return (
    delta.events.length > 0 ||
    delta.notes.length > 0 ||
    delta.warnings.length > 0 ||
    Object.keys(delta.tables).length > 0 ||
    delta.status.state !== before?.state
  );
}

/** Of tables without levels the page shows only what is newest. */
function tablesForPanel(tables: DeltaTables): DeltaTables {
  const { distances, mmd, mmdWindows, mmdClasses, ...series } = tables;
  return {
    ...series,
    ...(distances && { distances: keepLatest('distances', distances) }),
    ...(mmd && { mmd: keepLatest('mmd', mmd) }),
    ...(mmdWindows && { mmdWindows: keepLatest('mmdWindows', mmdWindows) }),
    ...(mmdClasses && { mmdClasses: keepLatest('mmdClasses', mmdClasses) }),
  };
}

function eventsForPanel(events: readonly RunEvent[]): PanelEvent[] {
  const kept = new Map<string, PanelEvent>();
  for (const [index, event] of events.entries()) {
    if (event.type === 'epoch') kept.set(event.type, event);
    else if (isShown(event)) kept.set(String(index), event);
  }
  return [...kept.values()];
}

function isShown(event: RunEvent): event is PanelEvent {
  return (SHOWN_EVENTS as readonly string[]).includes(event.type);
}
