import { makeData, makeVector, RecordBatch, RecordBatchStreamWriter, Struct } from 'apache-arrow';
import type { Schema } from 'apache-arrow';
import { AppendFile } from './appendFile.ts';
import { arrowSchema, columnArray } from './tableColumns.ts';
import type { Column } from './tableColumns.ts';

/** The mark that ends an Arrow IPC stream: a continuation with metadata of no length. */
const END_OF_STREAM = Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0);

/** Collects rows and appends them to an Arrow IPC stream, one record batch a flush. */
export class TableFileWriter {
  readonly #schema: Schema;
  readonly #schemaBytes: number;
  readonly #file: AppendFile;
  #rows: (readonly number[])[] = [];

  /** Creates the file with its schema; throws a UserError when it exists or cannot be written. */
  constructor(
    file: string,
    private readonly columns: readonly Column[],
  ) {
    this.#schema = arrowSchema(columns);
    const header = this.#encode([]).subarray(0, -END_OF_STREAM.length);
    this.#schemaBytes = header.length;
    this.#file = new AppendFile(file);
    this.#file.write(header);
  }

  /** Buffers one row, its values in the order of the columns. */
  push(row: readonly number[]): void {
    this.#rows.push(row);
  }

  /** Appends the buffered rows as one batch. */
  flush(): void {
    if (this.#rows.length === 0) return;
    const stream = this.#encode([this.#batch()]);
    this.#rows = [];
    this.#file.write(stream.subarray(this.#schemaBytes, -END_OF_STREAM.length));
  }

  /** Marks the stream as complete. */
  end(): void {
    this.#file.write(END_OF_STREAM);
  }

  close(): void {
    this.#file.close();
  }

  #batch(): RecordBatch {
    const length = this.#rows.length;
    const children = this.columns.map(({ type }, column) => {
      const data = columnArray(type, length);
      for (let row = 0; row < length; row++) data[row] = this.#rows[row]![column]!;
      return makeVector(data).data[0]!;
    });
    const type = new Struct(this.#schema.fields);
    return new RecordBatch(this.#schema, makeData({ type, length, nullCount: 0, children }));
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
