import type { FaultCode, FaultEvent } from '../protocol/faults.ts';
import type { WatchedRun } from './network.ts';

/** What a rule speaks of: one site, one domain, a domain at a site, a term that aligns, or the run. */
export interface Subject {
  readonly site?: number;
  readonly domain?: number;
  readonly term?: number;
}

/** What a rule says; a subject of its own is more precise than the one it looked at. */
export type Finding = Subject & Pick<FaultEvent, 'message' | 'hint' | 'value' | 'threshold'>;

/**
 * One rule. It looks at views of a run, of each subject in turn, until it finds its fault there;
 * of this subject it then says nothing any more.
 */
export interface Rule<View, Memory = null> {
  readonly code: FaultCode;
  subjects(run: WatchedRun): Subject[];
  /** What it remembers of a subject from view to view: JSON, and changed in place. */
  begin(): Memory;
  look(view: View, subject: Subject, memory: Memory, run: WatchedRun): Finding | null;
}

/** Where a watch stands, by rule and subject. */
export interface WatchState {
  readonly found: readonly string[];
  /** Of what was not found yet. */
  readonly memories: Readonly<Record<string, unknown>>;
}

interface Case<View> {
  readonly key: string;
  readonly rule: Rule<View, unknown>;
  readonly subject: Subject;
  readonly memory: unknown;
}

/** Applies rules to one view of a run after another. */
export class Watch<View> {
  readonly #found: Set<string>;
  #cases: readonly Case<View>[];

  /** `state` is where an earlier attempt broke off; a rule that it does not know begins anew. */
  constructor(
    rules: readonly Rule<View, unknown>[],
    private readonly run: WatchedRun,
    { found, memories }: WatchState = { found: [], memories: {} },
  ) {
    this.#found = new Set(found);
    this.#cases = rules.flatMap((rule) =>
      rule.subjects(run).map((subject) => {
        const place = [subject.site ?? '-', subject.domain ?? '-', subject.term ?? []].flat();
        const key = [rule.code, ...place].join(' ');
        return { key, rule, subject, memory: structuredClone(memories[key]) ?? rule.begin() };
      }),
    );
    this.#leaveOutFound();
  }

  /** Returns what the rules find at a step. */
  look(step: number, view: View): FaultEvent[] {
    const faults: FaultEvent[] = [];
    for (const { key, rule, subject, memory } of this.#cases) {
      const finding = rule.look(view, subject, memory, this.run);
      if (finding === null) continue;
      this.#found.add(key);
      faults.push({ type: 'fault', code: rule.code, step, ...subject, ...finding });
    }
    if (faults.length > 0) this.#leaveOutFound();
    return faults;
  }

  get state(): WatchState {
    const memories = Object.fromEntries(this.#cases.map(({ key, memory }) => [key, memory]));
    return { found: [...this.#found], memories: structuredClone(memories) };
  }

  #leaveOutFound(): void {
    this.#cases = this.#cases.filter(({ key }) => !this.#found.has(key));
  }
}
