import type { ChartedTable, RunAddition, TableRows } from '../../protocol/panel.ts';

/** Collects additions to a run until the page can take them. */
export class AdditionBuffer {
  #waiting: RunAddition[] = [];

  add(addition: RunAddition): void {
    this.#waiting.push(addition);
  }

  clear(): void {
    this.#waiting = [];
  }

  /** Returns all that waits as one addition, with the latest status and pace; null when nothing does. */
  take(): RunAddition | null {
    const waiting = this.#waiting;
    this.#waiting = [];
    const latest = waiting.at(-1);
    if (latest === undefined || waiting.length === 1) return latest ?? null;
    return {
      status: latest.status,
      pace: latest.pace,
      rows: joinRows(waiting.map(({ rows }) => rows)),
      events: waiting.flatMap(({ events }) => events),
      notes: waiting.flatMap(({ notes }) => notes),
    };
  }
}

function joinRows(parts: readonly TableRows[]): TableRows {
  return {
    ...joined('steps', parts),
    ...joined('sites', parts),
    ...joined('pairs', parts),
  };
}

type Columns = Readonly<Record<string, Int32Array | Float64Array>>;

function joined(table: ChartedTable, parts: readonly TableRows[]): TableRows {
  const present = parts.flatMap((part): Columns[] => (part[table] ? [part[table]] : []));
  return present.length === 0 ? {} : { [table]: joinColumns(present) };
}

function joinColumns(parts: readonly Columns[]): Columns {
  const [first = {}] = parts;
  const whole = Object.keys(first).map((name) => {
    const pieces = parts.map((part) => part[name] ?? new Float64Array());
    const length = pieces.reduce((rows, piece) => rows + piece.length, 0);
    const column =
      first[name] instanceof Int32Array ? new Int32Array(length) : new Float64Array(length);
    let offset = 0;
    for (const piece of pieces) {
      column.set(piece, offset);
      offset += piece.length;
    }
    return [name, column] as const;
  });
  return Object.fromEntries(whole);
}
