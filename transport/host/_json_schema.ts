/** A JSON schema, as far as those that are made here go. */
export interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** What of a value is not as a schema has it, each with its path; a reader of its own, so that it proves what the document says. */
export function schemaFaults(schema: JsonSchema, value: unknown, path = "body"): string[] {
  if (schema.anyOf) {
    const all = schema.anyOf.map((each) => schemaFaults(each, value, path));
    return all.some((faults) => faults.length === 0) ? [] : all.flat();
  }
  if (schema.enum && !schema.enum.includes(value)) return [`${path} is ${value}`];
  const type = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  const isType = schema.type === undefined || schema.type === type ||
    (schema.type === "integer" && Number.isInteger(value));
  if (!isType) return [`${path} is ${type}, not ${schema.type}`];
  if (typeof value === "string") {
    const { pattern = "", minLength = 0, maxLength = Infinity } = schema;
    const fits = new RegExp(pattern, "u").test(value) && value.length >= minLength && value.length <= maxLength;
    return fits ? [] : [`${path} is ${value}`];
  }
  if (typeof value === "number") {
    const { minimum = -Infinity, maximum = Infinity } = schema;
    return value >= minimum && value <= maximum ? [] : [`${path} is ${value}`];
  }
  if (Array.isArray(value)) return value.flatMap((each, i) => schemaFaults(schema.items ?? {}, each, `${path}.${i}`));
  return typeof value === "object" && value !== null ? objectFaults(schema, value, path) : [];
}

function objectFaults(schema: JsonSchema, value: object, path: string): string[] {
  const { properties = {}, required = [], additionalProperties = true } = schema;
  const missing = required.filter((name) => !Object.hasOwn(value, name)).map((name) => `${path}.${name} is missing`);
  return Object.entries(value).reduce((faults, [name, each]) => {
    const own = Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
    if (own === false) return [...faults, `${path}.${name} is not a field`];
    return own === true ? faults : [...faults, ...schemaFaults(own, each, `${path}.${name}`)];
  }, missing);
}
