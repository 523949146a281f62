/** A series never holds more points; when it would, neighbours become one. */
const CAPACITY = 2_048;

/** One value over the steps: the last one of each stretch and its bounds over the stretch. */
export interface Trace {
  readonly last: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
}

/** Columns of a table, as the protocol carries them. */
export type SourceRows<C extends string> = Readonly<Record<C, Float64Array>> & {
  readonly step: Int32Array;
  readonly min: Readonly<Record<C, Float64Array>>;
  readonly max: Readonly<Record<C, Float64Array>>;
};

/**
 * The values of one key (a domain, a site and a domain, …) over the steps, in bounded memory:
 * a long series is summed up in aligned stretches of a power of two of steps.
 */
export class Series<C extends string> {
  readonly #steps = new Int32Array(CAPACITY);
  readonly #columns: ReadonlyMap<C, Trace>;
  #length = 0;
  #stride = 1;

  constructor(columns: readonly C[]) {
    this.#columns = new Map(
      columns.map((name) => [
        name,
        {
          last: new Float64Array(CAPACITY),
          min: new Float64Array(CAPACITY),
          max: new Float64Array(CAPACITY),
        },
      ]),
    );
  }

  /** The last step of each stretch, ascending. */
  get steps(): Int32Array {
    return this.#steps.subarray(0, this.#length);
  }

  /** The values of a column at {@link steps}. */
  trace(name: C): Trace {
    const { last, min, max } = this.#column(name);
    return {
      last: last.subarray(0, this.#length),
      min: min.subarray(0, this.#length),
      max: max.subarray(0, this.#length),
    };
  }

  /** The newest value of a column, exactly as it was recorded; NaN before the first. */
  latest(name: C): number {
    return this.#column(name).last[this.#length - 1] ?? NaN;
  }

  /** Adds one row; rows come in the order of their steps. */
  append(rows: SourceRows<C>, row: number): void {
    const step = rows.step[row]!;
    const joins = this.#length > 0 && this.#bin(this.#steps[this.#length - 1]!) === this.#bin(step);
    if (!joins && this.#length === CAPACITY) {
      this.#condense();
      this.append(rows, row);
      return;
    }
    const to = joins ? this.#length - 1 : this.#length++;
    this.#steps[to] = step;
    const values: Readonly<Record<C, Float64Array>> = rows;
    for (const [name, { last, min, max }] of this.#columns) {
      last[to] = values[name][row]!;
      min[to] = joins ? Math.min(min[to]!, rows.min[name][row]!) : rows.min[name][row]!;
      max[to] = joins ? Math.max(max[to]!, rows.max[name][row]!) : rows.max[name][row]!;
    }
  }

  #bin(step: number): number {
    return Math.floor((step - 1) / this.#stride);
  }

  /** Widens the stretches until half of the room is free. */
  #condense(): void {
    while (this.#length > CAPACITY / 2) {
      this.#stride *= 2;
      let to = -1;
      for (let from = 0; from < this.#length; from++) {
        const joins = to >= 0 && this.#bin(this.#steps[to]!) === this.#bin(this.#steps[from]!);
        if (!joins) to++;
        this.#steps[to] = this.#steps[from]!;
        for (const { last, min, max } of this.#columns.values()) {
          last[to] = last[from]!;
          min[to] = joins ? Math.min(min[to]!, min[from]!) : min[from]!;
          max[to] = joins ? Math.max(max[to]!, max[from]!) : max[from]!;
        }
      }
      this.#length = to + 1;
    }
  }

  #column(name: C): Trace {
    const column = this.#columns.get(name);
    if (column === undefined) throw new Error(`This series has no column ${name}.`);
    return column;
  }
}
