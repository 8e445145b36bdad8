import protobuf from "protobufjs/minimal";
import type { Sender } from "./check.ts";
import { beyondLimit, FRAME_LIMITS, malformed, PROTOTYPE_KEYS } from "./limits.ts";
import { BYTES, EIGHT, VARINT } from "./protobuf_write.ts";
import type { Field, Shape } from "./wire_table.ts";

/** An object as it was read, for its schema to judge. */
export type Fields = Record<string, unknown>;

/** Largest value of a varint that is a length or a tag here. */
const SAFE = Number.MAX_SAFE_INTEGER;

/**
 * Reads Protobuf strictly: unknown fields, wrong wire types, bytes that are missing, invalid UTF-8 and more elements than the
 * sender may send are `ProtocolError`s. What is counted is counted before memory is taken for it.
 */
export class ProtobufReader {
  readonly #reader: protobuf.Reader;
  readonly #limits;
  #elements = 0;
  #depth = 0;

  constructor(bytes: Uint8Array, sender: Sender) {
    this.#reader = new protobuf.Reader(bytes);
    this.#limits = FRAME_LIMITS[sender];
  }

  /** Whether there is more before `end`. */
  more(end: number): boolean {
    const { pos } = this.#reader;
    if (pos > end) throw malformed("a field is longer than what holds it");
    return pos < end;
  }

  /** Bytes in all. */
  get length(): number {
    return this.#reader.len;
  }

  /** The next field's number and wire type, as a tag. */
  tag(): number {
    return this.#reader.tag();
  }

  /** Goes into a message: where it ends. `leave` goes out again. */
  enter(): number {
    this.count(1);
    const { nesting } = this.#limits;
    if (++this.#depth > nesting) throw beyondLimit("nesting", nesting);
    return this.#end();
  }

  /** Goes out of a message. */
  leave(): void {
    this.#depth--;
  }

  /** Counts elements, of which a sender may send so many. */
  count(more: number): void {
    const { elements } = this.#limits;
    if ((this.#elements += more) > elements) throw beyondLimit("elements", elements);
  }

  /** A text. */
  text(): string {
    return this.#reader.stringVerify();
  }

  /** An integer from 0 to 2^53 − 1. */
  unsigned(): number {
    const reader = this.#reader;
    let value = 0, scale = 1, byte;
    do {
      if (reader.pos >= reader.len || scale > SAFE) throw malformed("a varint does not end");
      byte = reader.buf[reader.pos++];
      value += (byte & 127) * scale;
      scale *= 128;
    } while (byte > 127);
    if (value > SAFE) throw malformed("an integer is beyond 2^53");
    return value;
  }

  /** A zigzag integer within ±2^53: the lowest bit is the sign, taken apart because 54 bits are more than a number has. */
  signed(): number {
    const reader = this.#reader;
    if (reader.pos >= reader.len) throw malformed("a varint does not end");
    const first = reader.buf[reader.pos++];
    let size = (first & 127) >> 1;
    if (first > 127) size += this.unsigned() * 64;
    if (size > SAFE) throw malformed("an integer is beyond 2^53");
    return first & 1 ? -size - 1 : size;
  }

  /** Eight bytes as a signed integer. */
  int64(): bigint {
    const low = this.#reader.fixed32();
    return (BigInt(this.#reader.sfixed32()) << 32n) | BigInt(low);
  }

  /** The fields of a shape up to `end`. `message` reads a whole envelope, for fields that hold some. */
  shape(shape: Shape, end: number, message: () => unknown): Fields {
    const data: Fields = {};
    for (const { name, kind, absent, repeated } of shape.fields) {
      if (absent !== "nothing") data[name] = absent === "null" ? null : repeated ? [] : zero(kind);
    }
    while (this.more(end)) {
      const tag = this.tag(), field = shape.byNumber[tag >>> 3];
      if (field === undefined) throw malformed(`${shape.name} has no field ${tag >>> 3}`);
      if (tag >>> 3 === field.nullNumber) {
        expect(tag & 7, VARINT, field);
        if (this.unsigned() === 1) data[field.name] = null;
      } else if (field.repeated || field.kind === "pairs" || field.kind === "messages") {
        this.#into((data[field.name] ??= []) as unknown[], field, tag & 7, message);
      } else {
        data[field.name] = this.#value(field, tag & 7, message);
      }
    }
    return data;
  }

  #into(list: unknown[], field: Field, wire: number, message: () => unknown): void {
    if (field.kind === "pairs") return this.#pairs(list, field, wire);
    if (field.kind === "messages") {
      expect(wire, BYTES, field);
      list.push(message());
    } else if (field.kind === "enum" && wire === BYTES) {
      for (const end = this.#end(); this.more(end);) list.push(this.#enum(field));
    } else {
      this.count(1);
      list.push(this.#value(field, wire, message));
    }
  }

  #pairs(list: unknown[], field: Field, wire: number): void {
    expect(wire, BYTES, field);
    for (const end = this.#end(); this.more(end);) {
      this.count(3);
      const price = this.signed();
      if (!this.more(end)) throw malformed(`${field.name} has a price without a size`);
      list.push([price, this.signed()]);
    }
  }

  #value(field: Field, wire: number, message: () => unknown): unknown {
    expect(wire, WIRE[field.kind], field);
    switch (field.kind) {
      case "unsigned":
        return this.unsigned();
      case "signed":
        return this.signed();
      case "int64":
        return this.int64();
      case "double":
        return this.#reader.double();
      case "bool":
        return this.unsigned() !== 0;
      case "text":
        return this.text();
      case "enum":
        return this.#enum(field);
      case "fields":
        return this.#within((end) => this.#fields(end));
      default:
        return this.#within((end) => this.shape(field.shape as Shape, end, message));
    }
  }

  #enum(field: Field): string {
    this.count(1);
    const number = this.unsigned();
    const value = field.values[number - 1];
    if (value === undefined) throw malformed(`${field.name} is ${number}, of which there is no meaning`);
    return value;
  }

  #within<Result>(read: (end: number) => Result): Result {
    const end = this.enter();
    const result = read(end);
    this.leave();
    return result;
  }

  /** The entries of a message `Fields`. */
  #fields(end: number): Fields {
    const fields: Fields = {};
    while (this.more(end)) {
      if (this.tag() !== (1 << 3 | BYTES)) throw malformed("Fields has a field it should not have");
      let key = "", value: unknown = null;
      const last = this.enter();
      while (this.more(last)) {
        const tag = this.tag();
        if (tag === (1 << 3 | BYTES)) key = this.text();
        else if (tag === (2 << 3 | BYTES)) value = this.#within((end) => this.#free(end));
        else throw malformed("an entry of Fields has a field it should not have");
      }
      this.leave();
      if (PROTOTYPE_KEYS.includes(key)) throw malformed(`it has a key ${key}`);
      fields[key] = value;
    }
    return fields;
  }

  /** A message `Value`. */
  #free(end: number): unknown {
    let value: unknown = null;
    while (this.more(end)) {
      const tag = this.tag();
      if (tag === (1 << 3 | VARINT)) value = (this.unsigned(), null);
      else if (tag === (2 << 3 | VARINT)) value = this.unsigned() !== 0;
      else if (tag === (3 << 3 | VARINT)) value = this.signed();
      else if (tag === (4 << 3 | EIGHT)) value = this.#reader.double();
      else if (tag === (5 << 3 | BYTES)) value = this.text();
      else if (tag === (6 << 3 | BYTES)) value = this.#within((end) => this.#freeList(end));
      else if (tag === (7 << 3 | BYTES)) value = this.#within((end) => this.#fields(end));
      else throw malformed("Value has a field it should not have");
    }
    return value;
  }

  #freeList(end: number): unknown[] {
    const list: unknown[] = [];
    while (this.more(end)) {
      if (this.tag() !== (1 << 3 | BYTES)) throw malformed("List has a field it should not have");
      list.push(this.#within((end) => this.#free(end)));
    }
    return list;
  }

  #end(): number {
    const reader = this.#reader, length = reader.size();
    if (length > reader.len - reader.pos) throw malformed("it ends in the middle of a field");
    return reader.pos + length;
  }
}

const WIRE: Readonly<Record<Field["kind"], number>> = {
  unsigned: VARINT,
  signed: VARINT,
  int64: EIGHT,
  double: EIGHT,
  bool: VARINT,
  text: BYTES,
  enum: VARINT,
  shape: BYTES,
  pairs: BYTES,
  fields: BYTES,
  messages: BYTES,
};

/** What an absent field means; a nested message or an enum that is required has no such value, and its schema says so. */
function zero(kind: Field["kind"]): unknown {
  switch (kind) {
    case "unsigned":
    case "signed":
    case "double":
      return 0;
    case "int64":
      return 0n;
    case "bool":
      return false;
    case "text":
      return "";
    case "pairs":
    case "messages":
      return [];
    default:
      return undefined;
  }
}

function expect(wire: number, wanted: number, field: Field): void {
  if (wire !== wanted) throw malformed(`${field.name} has wire type ${wire}, not ${wanted}`);
}
