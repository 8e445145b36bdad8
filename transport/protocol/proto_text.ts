import { CHANNEL_ABOUTS } from "./channel_abouts.ts";
import { BODIES, type Field, type Shape } from "./wire_table.ts";

/**
 * The text of lockstep.proto, made from the table that the codec reads and writes by.
 *
 * @example
 * ```ts
 * import { protoText } from "./proto_text.ts";
 * if (!protoText().includes("message Envelope {")) throw new Error("unexpected");
 * ```
 */
export function protoText(): string {
  const done = new Set<Shape>();
  const enums = new Map<string, string>();
  const messages = BODIES.flatMap(({ shape }) => messageTexts(shape, done, enums));
  const lists = [...enums].map(([values, name]) => enumText(name, values.split(" ")));
  return [HEADER, envelopeText(), FREE, ...lists, ...messages].join("\n");
}

const HEADER =
  `// Written by transport/protocol/make.ts from the schemas; do not edit. PROTOCOL.md says what the fields mean.
//
// Names are those of the JSON form. Integers are within ±(2^53 - 1) but for sfixed64, which are 64-bit integers (ns since
// 1970-01-01 UTC). An absent optional field is null where the JSON form has a field that may be null, and absent where it has one
// that may be absent; where it may be both, the flag beside it tells them apart. A value of 0 of an enum is never sent.
syntax = "proto3";

package lockstep.v1;

message Frame {
  repeated Envelope messages = 1;
}
`;

function envelopeText(): string {
  const lines = BODIES.map(({ shape, name, number, channel, type }) => {
    const about = channel === undefined
      ? ""
      : type === "update"
      ? ` // ${CHANNEL_ABOUTS[channel]}`
      : " // The state so far.";
    return `    ${shape.name} ${snake(name)} = ${number};${about}`;
  });
  return `message Envelope {
  optional string id = 1; // Of requests and their answers.
  string symbol = 2; // This and the rest up to the body: of messages of channels.
  sfixed64 timestamp = 3;
  uint64 seq = 4;
  uint64 prev = 5;
  optional string epoch = 6;
  oneof body {
${lines.join("\n")}
  }
}
`;
}

const FREE = `// An object whose keys are free.
message Fields {
  map<string, Value> fields = 1;
}

message Value {
  oneof kind {
    bool null = 1;
    bool flag = 2;
    sint64 integer = 3;
    double number = 4;
    string text = 5;
    List list = 6;
    Fields fields = 7;
  }
}

message List {
  repeated Value values = 1;
}
`;

/** A shape and the shapes it needs that have not been written. `enums`: names by values, of all so far. */
function messageTexts(shape: Shape, done: Set<Shape>, enums: Map<string, string>): string[] {
  if (done.has(shape)) return [];
  done.add(shape);
  const inner = shape.fields.flatMap(({ shape }) => shape === undefined ? [] : messageTexts(shape, done, enums));
  const lines = shape.fields.flatMap((field) => fieldLines(field, enums));
  return [
    ...inner,
    lines.length === 0 ? `message ${shape.name} {}\n` : `message ${shape.name} {\n${lines.join("\n")}\n}\n`,
  ];
}

/** The name of the enum with a field's values: that of the first field that has them. */
function enumName({ name, values }: Field, enums: Map<string, string>): string {
  const key = values.join(" "), known = enums.get(key);
  if (known !== undefined) return known;
  const own = capital(name);
  if ([...enums.values()].includes(own)) {
    throw new TypeError(`Cannot name an enum ${own}: another has that name; name the field ${name} otherwise`);
  }
  enums.set(key, own);
  return own;
}

function enumText(name: string, values: readonly string[]): string {
  const own = snake(name).toUpperCase();
  const lines = ["unspecified", ...values].map((value, i) => `  ${own}_${snake(value).toUpperCase()} = ${i};`);
  return `enum ${name} {\n${lines.join("\n")}\n}\n`;
}

function fieldLines(field: Field, enums: Map<string, string>): string[] {
  const { name, number, kind, nullNumber } = field;
  if (kind === "pairs") return [`  repeated sint64 ${name} = ${number}; // Ticks and lots in turn.`];
  const list = field.repeated || kind === "messages";
  const label = list
    ? "repeated "
    : field.absent === "default" || kind === "shape" || kind === "fields"
    ? ""
    : "optional ";
  const line = `  ${label}${typeText(field, enums)} ${name} = ${number};`;
  return nullNumber > 0 ? [line, `  bool ${name}Null = ${nullNumber};`] : [line];
}

function typeText(field: Field, enums: Map<string, string>): string {
  const { kind, shape } = field;
  switch (kind) {
    case "unsigned":
      return "uint64";
    case "signed":
      return "sint64";
    case "int64":
      return "sfixed64";
    case "text":
      return "string";
    case "enum":
      return enumName(field, enums);
    case "shape":
      return shape?.name ?? "";
    case "fields":
      return "Fields";
    case "messages":
      return "Envelope";
    default:
      return kind;
  }
}

function capital(name: string): string {
  return name[0].toUpperCase() + name.slice(1);
}

function snake(name: string): string {
  return name.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}
