import type { Field } from 'apache-arrow/fb/field';
import { FloatingPoint } from 'apache-arrow/fb/floating-point';
import { Int } from 'apache-arrow/fb/int';
import { Message } from 'apache-arrow/fb/message';
import { MessageHeader } from 'apache-arrow/fb/message-header';
import { Precision } from 'apache-arrow/fb/precision';
import { RecordBatch } from 'apache-arrow/fb/record-batch';
import { Schema } from 'apache-arrow/fb/schema';
import { Type } from 'apache-arrow/fb/type';
import { ByteBuffer } from 'flatbuffers';
import type { ColumnType } from '../protocol/tables.ts';
import type { Column } from './tableColumns.ts';

export type ColumnArray = Int32Array | Float32Array | Float64Array;

/**
 * What stands at a place of an Arrow IPC stream. `torn`: a message may begin here, but its end is
 * missing. `damaged`: no message of this table begins here.
 */
export type Frame =
  | { readonly kind: 'schema'; readonly columns: readonly Column[]; readonly end: number }
  | { readonly kind: 'batch'; readonly columns: readonly ColumnArray[]; readonly end: number }
  | { readonly kind: 'end' }
  | { readonly kind: 'torn' }
  | { readonly kind: 'damaged' };

const CONTINUATION = 0xffffffff;
const MAX_METADATA = 1 << 20;
const MAX_BODY = 1 << 30;
const MAX_COLUMNS = 1 << 10;
const WIDTH: Readonly<Record<ColumnType, number>> = { int32: 4, float32: 4, float64: 8 };

/**
 * Reads the message at `at`, a multiple of 8, of the stream's bytes.
 *
 * This reads the flatbuffers itself, for Arrow's own reader wants an intact stream: it cannot say
 * whether a message is torn or damaged, and follows a damaged length wherever it leads. Every
 * length is checked before it is used. `columns` are those of the stream, the step first; a batch's
 * columns are views of `bytes` (primitive, not null, uncompressed: all that the tables have).
 */
export function readFrame(bytes: Uint8Array, at: number, columns: readonly Column[]): Frame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (at + 8 > bytes.length) return { kind: 'torn' };
  if (view.getUint32(at, true) !== CONTINUATION) return { kind: 'damaged' };
  const metadata = view.getInt32(at + 4, true);
  if (metadata === 0) return { kind: 'end' };
  if (metadata < 0 || metadata > MAX_METADATA || metadata % 8 !== 0) return { kind: 'damaged' };
  const body = at + 8 + metadata;
  if (body > bytes.length) return { kind: 'torn' };
  try {
    return readMessage(bytes, at + 8, body, columns);
  } catch {
    // Offsets inside a damaged flatbuffer lead out of it.
    return { kind: 'damaged' };
  }
}

/** Finds the first intact batch at or after `from`, a multiple of 8; null when there is none. */
export function findBatch(
  bytes: Uint8Array,
  from: number,
  columns: readonly Column[],
): { readonly at: number; readonly firstStep: number } | null {
  for (let at = from; at + 8 <= bytes.length; at += 8) {
    // Most places end here: a message begins with four bytes of ones.
    if (bytes[at] !== 255) continue;
    const frame = readFrame(bytes, at, columns);
    if (frame.kind === 'batch') return { at, firstStep: frame.columns[0]![0]! };
  }
  return null;
}

function readMessage(
  bytes: Uint8Array,
  start: number,
  body: number,
  columns: readonly Column[],
): Frame {
  const message = Message.getRootAsMessage(new ByteBuffer(bytes.subarray(start, body)));
  const bodyLength = Number(message.bodyLength());
  if (bodyLength < 0 || bodyLength > MAX_BODY || bodyLength % 8 !== 0) return { kind: 'damaged' };
  const end = body + bodyLength;
  const kind = message.headerType();
  if (kind === MessageHeader.Schema) {
    const fields = readSchema(message.header(new Schema()) as Schema);
    return fields === null ? { kind: 'damaged' } : { kind: 'schema', columns: fields, end };
  }
  if (kind !== MessageHeader.RecordBatch) return { kind: 'damaged' };
  const batch = message.header(new RecordBatch()) as RecordBatch;
  const regions = readRegions(batch, columns, bodyLength);
  if (regions === null) return { kind: 'damaged' };
  if (end > bytes.length) return { kind: 'torn' };
  const arrays = regions.map((region) => columnView(bytes, body, region));
  return hasSteps(arrays) ? { kind: 'batch', columns: arrays, end } : { kind: 'damaged' };
}

interface Region {
  readonly type: ColumnType;
  readonly offset: number;
  readonly rows: number;
}

/** Returns where a batch's columns stand in its body; null when that cannot be so. */
function readRegions(
  batch: RecordBatch,
  columns: readonly Column[],
  bodyLength: number,
): Region[] | null {
  const rows = Number(batch.length());
  if (batch.nodesLength() !== columns.length) return null;
  // Validity, which the columns do not have, and values.
  if (batch.buffersLength() !== 2 * columns.length || batch.compression() !== null) return null;
  const regions: Region[] = [];
  for (const [index, { type }] of columns.entries()) {
    const buffer = batch.buffers(2 * index + 1);
    const offset = Number(buffer?.offset());
    const needed = rows * WIDTH[type];
    if (!(offset >= 0 && offset % 8 === 0 && offset + needed <= bodyLength)) return null;
    if (!(rows > 0 && Number(buffer?.length()) >= needed)) return null;
    regions.push({ type, offset, rows });
  }
  return regions;
}

function columnView(bytes: Uint8Array, body: number, { type, offset, rows }: Region): ColumnArray {
  const start = bytes.byteOffset + body + offset;
  switch (type) {
    case 'int32':
      return new Int32Array(bytes.buffer, start, rows);
    case 'float32':
      return new Float32Array(bytes.buffer, start, rows);
    case 'float64':
      return new Float64Array(bytes.buffer, start, rows);
  }
}

/** Steps count from 1, upwards: a zero is a page that a network disk or a power cut has not filled. */
function hasSteps([step]: readonly ColumnArray[]): boolean {
  return step?.every((at, row) => at >= (row === 0 ? 1 : step[row - 1]!)) === true;
}

function readSchema(schema: Schema): Column[] | null {
  const length = schema.fieldsLength();
  if (length > MAX_COLUMNS) return null;
  const columns: Column[] = [];
  for (let index = 0; index < length; index++) {
    const field = schema.fields(index);
    const name = field?.name();
    const type = field === null ? null : columnType(field);
    if (name == null || type === null) return null;
    columns.push({ name, type });
  }
  return columns;
}

function columnType(field: Field): ColumnType | null {
  if (field.typeType() === Type.Int) {
    const int = field.type(new Int()) as Int;
    return int.bitWidth() === 32 && int.isSigned() ? 'int32' : null;
  }
  if (field.typeType() !== Type.FloatingPoint) return null;
  const precision = (field.type(new FloatingPoint()) as FloatingPoint).precision();
  if (precision === Precision.SINGLE) return 'float32';
  return precision === Precision.DOUBLE ? 'float64' : null;
}
