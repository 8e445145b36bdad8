import { toJsonSchema } from "@valibot/to-json-schema";
import type * as v from "valibot";

/** A JSON Schema of draft 2020-12, as AsyncAPI 3 and OpenAPI 3.1 have them. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * What a schema says of JSON, as a JSON Schema: 64-bit integers are decimal strings.
 *
 * @example
 * ```ts
 * import * as v from "valibot";
 * import { jsonSchema } from "./json_schema.ts";
 * if (jsonSchema(v.strictObject({ a: v.string() })).additionalProperties !== false) throw new Error("unexpected");
 * ```
 */
export function jsonSchema(schema: v.GenericSchema<unknown, unknown>): JsonSchema {
  const { $schema: _, ...rest } = toJsonSchema(schema as v.GenericSchema, {
    target: "draft-2020-12",
    errorMode: "ignore",
    overrideSchema({ valibotSchema }) {
      const { type, options } = valibotSchema as { type: string; options?: readonly { type?: string }[] };
      // The root of int64: a converter sees the parts of a pipe, not the whole.
      if (type === "union" && options?.some(({ type }) => type === "bigint")) return INT64;
      return type === "custom" ? { type: "object" } : undefined;
    },
  });
  return rest;
}

const INT64 = {
  type: "string" as const,
  format: "int64",
  pattern: "^-?(0|[1-9][0-9]{0,18})$",
  description: "An integer of 64 bits, in decimal.",
};
