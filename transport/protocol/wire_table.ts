import type * as v from "valibot";
import { type Channel, CHANNELS } from "./channels.ts";
import type { Sender } from "./check.ts";
import { SNAPSHOTS, UPDATES } from "./data.ts";
import { int64 } from "./int64.ts";
import { ANSWERS, REQUESTS } from "./messages.ts";

/**
 * How a field's value is written: unsigned and signed integers as varints, `int64` as eight bytes, `pairs` (ticks and lots in turn)
 * as one packed list, `fields` as keys with free values, `messages` as whole envelopes.
 */
export type Kind =
  | "unsigned"
  | "signed"
  | "int64"
  | "double"
  | "bool"
  | "text"
  | "enum"
  | "shape"
  | "pairs"
  | "fields"
  | "messages";

/** A field of a Protobuf message. */
export interface Field {
  readonly name: string;
  readonly number: number;
  readonly kind: Kind;
  readonly repeated: boolean;
  /** Absent stands for: a value of zero ("default"), null, or nothing at all. */
  readonly absent: "default" | "null" | "nothing";
  /** Of fields that may be null as well as absent: the number of the flag that says it is null. Else 0. */
  readonly nullNumber: number;
  /** Of enums: its values, the first being number 1. */
  readonly values: readonly string[];
  /** Of shapes. */
  readonly shape?: Shape;
}

/** A Protobuf message: what one object of a schema is on the wire. */
export interface Shape {
  readonly name: string;
  readonly fields: readonly Field[];
  /** Fields by number; holes where there is none. */
  readonly byNumber: readonly (Field | undefined)[];
}

/** What an envelope holds: by its field number, the kind of message and the shape of its data. */
export interface Body {
  readonly number: number;
  readonly sender: Sender;
  readonly type: string;
  readonly channel?: Channel;
  /** Its field's name in the .proto. */
  readonly name: string;
  readonly shape: Shape;
}

type Schema = v.GenericSchema<unknown, unknown>;
type Parts = Schema & {
  type: string;
  pipe?: readonly Parts[];
  wrapped?: Parts;
  entries?: Record<string, Parts>;
  item?: Parts;
  options?: readonly string[];
  requirement?: number;
};

const shapes = new Map<Schema, Shape>();
const capital = (name: string) => name[0].toUpperCase() + name.slice(1);

/**
 * Every body of an envelope. Requests have field numbers from 16, answers from 48, updates from 80, snapshots from 112, each in the
 * order of their tables; fields of shapes have the order of their schema from 1. So what is new goes to the end of its table.
 */
export const BODIES: readonly Body[] = [
  ...Object.entries(REQUESTS).map(([type, schema], i) => body("client", type, 16 + i, `${type}Request`, schema)),
  ...Object.entries(ANSWERS).map(([type, schema], i) => body("server", type, 48 + i, `${type}Answer`, schema)),
  ...Object.entries(UPDATES).map(([channel, schema], i) =>
    body("server", "update", 80 + i, `${channel}Update`, schema, channel as Channel)
  ),
  ...Object.entries(UPDATES).flatMap(([channel, update], i) => {
    if (!CHANNELS[channel as Channel].snapshot) return [];
    const schema = (SNAPSHOTS as Record<string, Schema>)[channel] ?? update;
    return [body("server", "snapshot", 112 + i, `${channel}Snapshot`, schema, channel as Channel)];
  }),
];

function body(sender: Sender, type: string, number: number, name: string, schema: Schema, channel?: Channel): Body {
  return { number, sender, type, channel, name, shape: shapeOf(schema as Parts, capital(name)) };
}

/** The shape of an object's schema; a schema that stands in several places has one, named after the first. */
function shapeOf(schema: Parts, name: string): Shape {
  const known = shapes.get(schema);
  if (known) return known;
  const fields: Field[] = [];
  let number = 1;
  for (const [key, entry] of Object.entries(schema.entries ?? {})) {
    const field = fieldOf(entry, key, number, name);
    number += field.nullNumber > 0 ? 2 : 1;
    fields.push(field);
  }
  const byNumber: (Field | undefined)[] = Array(number).fill(undefined);
  for (const field of fields) {
    byNumber[field.number] = field;
    if (field.nullNumber > 0) byNumber[field.nullNumber] = field;
  }
  const shape = { name, fields, byNumber };
  shapes.set(schema, shape);
  return shape;
}

function fieldOf(schema: Parts, name: string, number: number, owner: string): Field {
  let optional = false, nullable = false, inner = schema;
  for (; inner.type === "optional" || inner.type === "nullable"; inner = inner.wrapped as Parts) {
    if (inner.type === "optional") optional = true;
    else nullable = true;
  }
  const list = base(inner);
  const repeated = list.type === "array" && base(list.item as Parts).type !== "strict_tuple" &&
    base(list.item as Parts).type !== "custom";
  const kind = kindOf(repeated ? list.item as Parts : inner);
  return {
    name,
    number,
    kind,
    repeated,
    absent: optional ? "nothing" : nullable ? "null" : "default",
    nullNumber: optional && nullable ? number + 1 : 0,
    values: kind === "enum" ? base(repeated ? list.item as Parts : inner).options as readonly string[] : [],
    shape: kind === "shape"
      ? shapeOf(base(repeated ? list.item as Parts : inner), `${owner}${capital(name)}`)
      : undefined,
  };
}

/** The schema at the root of pipes. */
function base(schema: Parts): Parts {
  return schema.pipe && schema.pipe[0] !== schema ? base(schema.pipe[0]) : schema;
}

/** Everything a schema's pipes ask for, from the root up. */
function steps(schema: Parts): Parts[] {
  if (!schema.pipe) return [];
  return schema.pipe.flatMap((part) => part === schema ? [] : part.pipe ? steps(part) : [part]);
}

function kindOf(schema: Parts): Kind {
  if (schema as unknown === int64) return "int64";
  const root = base(schema);
  switch (root.type) {
    case "number": {
      const parts = steps(schema);
      if (!parts.some(({ type }) => type === "safe_integer")) return "double";
      return parts.some(({ type, requirement }) => type === "min_value" && (requirement ?? -1) >= 0)
        ? "unsigned"
        : "signed";
    }
    case "boolean":
      return "bool";
    case "string":
      return "text";
    case "picklist":
      return "enum";
    case "strict_object":
      return "shape";
    case "array":
      return base(root.item as Parts).type === "custom" ? "messages" : "pairs";
    case "record":
    case "loose_object":
      return "fields";
    default:
      throw new TypeError(
        `Cannot put a schema on the wire: its type is ${root.type}; use one that wire_table.ts knows`,
      );
  }
}
