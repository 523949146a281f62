import { makeData, makeVector, RecordBatch, RecordBatchStreamWriter, Struct } from 'apache-arrow';
import type { Schema } from 'apache-arrow';
import { AppendFile } from './appendFile.ts';
import type { ColumnArray } from './arrowFrames.ts';
import { arrowSchema, columnArray } from './tableColumns.ts';
import type { Column } from './tableColumns.ts';

/** The mark that ends an Arrow IPC stream: a continuation with metadata of no length. */
const END_OF_STREAM = Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0);
/** Each column of a batch begins at a multiple of so many bytes. */
const ALIGNMENT = 8;
const FIRST_CAPACITY = 64;

/** Collects rows and appends them to an Arrow IPC stream, one record batch a flush. */
export class TableFileWriter {
  readonly #schema: Schema;
  readonly #schemaBytes: number;
  readonly #file: AppendFile;
  /** What stands before the columns of a batch, by its rows: encoding it takes longer than the rest. */
  readonly #heads = new Map<number, Uint8Array>();
  #rows = 0;
  #capacity = FIRST_CAPACITY;
  #data: readonly ColumnArray[];

  /** Creates the file with its schema; throws a UserError when it exists or cannot be written. */
  constructor(
    file: string,
    private readonly columns: readonly Column[],
  ) {
    this.#schema = arrowSchema(columns);
    this.#data = this.#allocate(this.#capacity);
    const header = this.#encode([]).subarray(0, -END_OF_STREAM.length);
    this.#schemaBytes = header.length;
    this.#file = new AppendFile(file);
    this.#file.write(header);
  }

  /** Buffers one row, its values in the order of the columns. */
  push(row: readonly number[]): void {
    if (this.#rows === this.#capacity) this.#grow();
    for (let column = 0; column < this.#data.length; column++) {
      this.#data[column]![this.#rows] = row[column]!;
    }
    this.#rows++;
  }

  /** Appends the buffered rows as one batch. */
  flush(): void {
    if (this.#rows === 0) return;
    const head = this.#head(this.#rows);
    const message = new Uint8Array(head.length + this.#bodyLength(this.#rows));
    message.set(head);
    let at = head.length;
    for (const { buffer, BYTES_PER_ELEMENT } of this.#data) {
      const length = this.#rows * BYTES_PER_ELEMENT;
      message.set(new Uint8Array(buffer, 0, length), at);
      at += aligned(length);
    }
    this.#rows = 0;
    this.#file.write(message);
  }

  /** Marks the stream as complete. */
  end(): void {
    this.#file.write(END_OF_STREAM);
  }

  close(): void {
    this.#file.close();
  }

  #grow(): void {
    this.#capacity *= 2;
    const larger = this.#allocate(this.#capacity);
    larger.forEach((data, column) => {
      data.set(this.#data[column]!);
    });
    this.#data = larger;
  }

  #allocate(rows: number): ColumnArray[] {
    return this.columns.map(({ type }) => columnArray(type, rows));
  }

  #head(rows: number): Uint8Array {
    let head = this.#heads.get(rows);
    if (head === undefined) {
      const children = this.#allocate(rows).map((data) => makeVector(data).data[0]!);
      const type = new Struct(this.#schema.fields);
      const data = makeData({ type, length: rows, nullCount: 0, children });
      const stream = this.#encode([new RecordBatch(this.#schema, data)]);
      const end = stream.length - END_OF_STREAM.length - this.#bodyLength(rows);
      head = stream.slice(this.#schemaBytes, end);
      this.#heads.set(rows, head);
    }
    return head;
  }

  #bodyLength(rows: number): number {
    return this.#data.reduce(
      (length, { BYTES_PER_ELEMENT }) => length + aligned(rows * BYTES_PER_ELEMENT),
      0,
    );
  }

  /** Encodes a whole stream: schema, batches, end. */
  #encode(batches: RecordBatch[]): Uint8Array {
    return new RecordBatchStreamWriter()
      .reset(undefined, this.#schema)
      .writeAll(batches)
      .finish()
      .toUint8Array(true);
  }
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
