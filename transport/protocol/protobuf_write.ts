import protobuf from "protobufjs/minimal";
import type { Field, Shape } from "./wire_table.ts";

/** Writes Protobuf into a buffer that grows. */
export type Writer = protobuf.Writer;

type Fields = Readonly<Record<string, unknown>>;

/** Types of the wire format, the low three bits of a tag. */
export const VARINT = 0, EIGHT = 1, BYTES = 2;

const LOW = 0xffffffffn;

/** A writer to write one message after another with. */
export function newWriter(): Writer {
  return new protobuf.Writer();
}

/** Writes the fields of an object as its shape has them; `envelope` writes a whole message, for fields that hold some. */
export function writeShape(
  writer: Writer,
  shape: Shape,
  data: Fields,
  envelope: (writer: Writer, message: unknown) => void,
): void {
  const { fields } = shape;
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i], value = data[field.name];
    if (value === undefined) continue;
    if (value === null) {
      if (field.nullNumber > 0) writer.uint32(field.nullNumber << 3 | VARINT).uint32(1);
    } else if (field.repeated) {
      writeList(writer, field, value as readonly unknown[], envelope);
    } else {
      writeField(writer, field, value, envelope);
    }
  }
}

function writeList(
  writer: Writer,
  field: Field,
  values: readonly unknown[],
  envelope: (writer: Writer, message: unknown) => void,
): void {
  if (field.kind !== "enum") {
    const each: Field = { ...field, absent: "nothing" }; // an element is written though it is empty
    for (const value of values) writeField(writer, each, value, envelope);
  } else if (values.length > 0) {
    writer.uint32(field.number << 3 | BYTES).fork();
    for (const value of values) writer.uint32(field.values.indexOf(value as string) + 1);
    writer.ldelim();
  }
}

/** Writes a field that has a value; a value of zero is left out where its absence says the same. */
function writeField(
  writer: Writer,
  field: Field,
  value: unknown,
  envelope: (writer: Writer, message: unknown) => void,
): void {
  const tag = field.number << 3, always = field.absent !== "default";
  switch (field.kind) {
    case "unsigned":
      if (always || value !== 0) writeUnsigned(writer.uint32(tag | VARINT), value as number);
      break;
    case "signed":
      if (always || value !== 0) writeSigned(writer.uint32(tag | VARINT), value as number);
      break;
    case "int64":
      if (always || value !== 0n) writeInt64(writer.uint32(tag | EIGHT), value as bigint);
      break;
    case "double":
      if (always || value !== 0) writer.uint32(tag | EIGHT).double(value as number);
      break;
    case "bool":
      if (always || value) writer.uint32(tag | VARINT).bool(value as boolean);
      break;
    case "text":
      if (always || value !== "") writer.uint32(tag | BYTES).string(value as string);
      break;
    case "enum":
      writer.uint32(tag | VARINT).uint32(field.values.indexOf(value as string) + 1);
      break;
    case "pairs":
      writePairs(writer, tag | BYTES, value as readonly (readonly number[])[]);
      break;
    case "shape":
      writeShape(writer.uint32(tag | BYTES).fork(), field.shape as Shape, value as Fields, envelope);
      writer.ldelim();
      break;
    case "fields":
      writeFields(writer.uint32(tag | BYTES).fork(), value as Fields);
      writer.ldelim();
      break;
    case "messages":
      for (const message of value as readonly unknown[]) {
        envelope(writer.uint32(tag | BYTES).fork(), message);
        writer.ldelim();
      }
  }
}

function writePairs(writer: Writer, tag: number, pairs: readonly (readonly number[])[]): void {
  if (pairs.length === 0) return;
  writer.uint32(tag).fork();
  for (let i = 0; i < pairs.length; i++) {
    const pair = pairs[i];
    writeSigned(writer, pair[0]);
    writeSigned(writer, pair[1]);
  }
  writer.ldelim();
}

/** A varint of an integer from 0 to 2^53 − 1. */
export function writeUnsigned(writer: Writer, value: number): void {
  if (value <= 0xffffffff) writer.uint32(value);
  else writer.uint64(value);
}

/** A zigzag varint of an integer within ±2^53. */
function writeSigned(writer: Writer, value: number): void {
  if (value === (value | 0)) writer.sint32(value); // has the bytes of sint64
  else writer.sint64(value);
}

/** Eight bytes, the low ones first. */
export function writeInt64(writer: Writer, value: bigint): void {
  writer.fixed32(Number(value & LOW)).fixed32(Number((value >> 32n) & LOW));
}

/** A message `Fields`: map<string, Value> fields = 1. */
function writeFields(writer: Writer, fields: Fields): void {
  for (const key of Object.keys(fields)) {
    if (fields[key] === undefined) continue;
    writer.uint32(1 << 3 | BYTES).fork().uint32(1 << 3 | BYTES).string(key);
    writeValue(writer.uint32(2 << 3 | BYTES).fork(), fields[key]);
    writer.ldelim().ldelim();
  }
}

/** A message `Value`; a bigint goes as text. */
function writeValue(writer: Writer, value: unknown): void {
  if (value === null || value === undefined) writer.uint32(1 << 3 | VARINT).uint32(1);
  else if (typeof value === "boolean") writer.uint32(2 << 3 | VARINT).bool(value);
  else if (typeof value === "number" && Number.isSafeInteger(value)) {
    writeSigned(writer.uint32(3 << 3 | VARINT), value);
  } else if (typeof value === "number") writer.uint32(4 << 3 | EIGHT).double(value);
  else if (Array.isArray(value)) {
    writer.uint32(6 << 3 | BYTES).fork();
    for (const element of value) {
      writeValue(writer.uint32(1 << 3 | BYTES).fork(), element);
      writer.ldelim();
    }
    writer.ldelim();
  } else if (typeof value === "object") {
    writeFields(writer.uint32(7 << 3 | BYTES).fork(), value as Fields);
    writer.ldelim();
  } else writer.uint32(5 << 3 | BYTES).string(String(value));
}
