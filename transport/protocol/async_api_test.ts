import { assertEquals } from "@std/assert";
import { SAMPLES } from "./_samples.ts";
import { asyncApi } from "./async_api.ts";
import { CHANNELS } from "./channels.ts";
import { codecOf } from "./codecs.ts";

type Fields = Record<string, unknown>;

const { channels, components } = asyncApi() as {
  channels: Record<string, { messages: Record<string, { $ref: string }> }>;
  components: { messages: Record<string, { payload: Fields }> };
};

Deno.test("asyncApi: each message stands in one channel, and each channel is there", () => {
  const listed = Object.values(channels).flatMap(({ messages }) => Object.keys(messages));
  assertEquals(listed.sort(), SAMPLES.map(({ name }) => name).sort());
  assertEquals(Object.keys(components.messages).sort(), listed);
  assertEquals(Object.keys(channels).sort(), ["answers", "requests", ...Object.keys(CHANNELS)].sort());
});

Deno.test("asyncApi: what the JSON codec writes has the fields that the document says, and no others", () => {
  for (const { name, message } of SAMPLES) {
    const json = JSON.parse(new TextDecoder().decode(codecOf("json").encode(message)));
    assertEquals(misfits(json, components.messages[name].payload, name), []);
  }
});

/** Where a value is not what a schema says: types, fields, constants; what these documents use. */
function misfits(value: unknown, schema: Fields, path: string): string[] {
  const { anyOf, type, properties, required = [], items, prefixItems, additionalProperties } = schema as {
    anyOf?: Fields[];
    type?: string;
    properties?: Record<string, Fields>;
    required?: string[];
    items?: Fields | false;
    prefixItems?: Fields[];
    additionalProperties?: Fields | false;
  };
  if (anyOf) return anyOf.some((one) => misfits(value, one, path).length === 0) ? [] : [`${path}: none of anyOf`];
  if ("const" in schema && value !== schema.const) return [`${path}: ${value} is not ${schema.const}`];
  if ("enum" in schema && !(schema.enum as unknown[]).includes(value)) return [`${path}: ${value} is not in its list`];
  if (type !== undefined && typeOf(value, type) !== type) return [`${path}: ${typeOf(value, type)} is not ${type}`];
  if (Array.isArray(value)) {
    return value.flatMap((one, i) => misfits(one, prefixItems?.[i] ?? (items || {}), `${path}.${i}`));
  }
  if (typeof value !== "object" || value === null) return [];
  const missing = required.filter((key) => !(key in value)).map((key) => `${path}.${key}: missing`);
  return missing.concat(
    Object.entries(value).flatMap(([key, field]) => {
      const own = properties?.[key] ?? additionalProperties ?? {};
      return own === false ? [`${path}.${key}: not listed`] : misfits(field, own, `${path}.${key}`);
    }),
  );
}

function typeOf(value: unknown, wanted: string): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value === "number" && wanted === "integer" && Number.isInteger(value) ? "integer" : typeof value;
}
