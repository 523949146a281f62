import type { FlagEvent, RunEvent, RunStatus, RunSummary } from '../protocol/events.ts';
import type { FaultEvent } from '../protocol/faults.ts';
import type { RunFile } from '../protocol/run.ts';
import { activeFlags } from './activeFlags.ts';
import { damagedLines } from './damage.ts';
import { isKnown } from './eventFields.ts';
import { followEvents, validEvents } from './events.ts';
import { readRunFile } from './runFile.ts';
import { StatusTracker } from './runStatus.ts';

/** What a run's run.json and events say in short. */
export interface RunOverview {
  readonly run: RunFile;
  readonly status: RunStatus;
  /** Those that were not taken back. */
  readonly flags: readonly FlagEvent[];
  readonly faults: readonly FaultEvent[];
  /** What the run said when it ended; null before. */
  readonly summary: RunSummary | null;
  /** One sentence if the events are damaged; their intact rest has been read. */
  readonly warnings: readonly string[];
}

/** A run as the catalog follows it from listing to listing. */
export class ListedRun {
  readonly #events: ReturnType<typeof followEvents>;
  readonly #tracker = new StatusTracker();
  #verdicts: RunEvent[] = [];

  private constructor(
    directory: string,
    private readonly run: RunFile,
  ) {
    this.#events = followEvents(directory);
  }

  static async open(directory: string): Promise<ListedRun> {
    return new ListedRun(directory, await readRunFile(directory));
  }

  /** Reads what is new of the run's events and sums up. Throws a UserError when it cannot. */
  async poll(): Promise<RunOverview> {
    const events = (await this.#events.poll()).filter(isKnown);
    for (const event of events) {
      this.#tracker.add(event);
      if (isVerdict(event)) this.#verdicts.push(event);
      if (event.type === 'resumed') this.#verdicts = validEvents([...this.#verdicts, event]);
    }
    const status = this.#tracker.status(this.run, Date.now());
    return {
      run: this.run,
      status,
      flags: activeFlags(this.#verdicts),
      faults: this.#verdicts.filter((event) => event.type === 'fault'),
      summary: this.#tracker.summary,
      warnings: damagedLines(this.#events, this.run.name),
    };
  }
}

function isVerdict({ type }: RunEvent): boolean {
  return type === 'flag' || type === 'cleared' || type === 'fault';
}
