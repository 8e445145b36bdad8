import { closest } from "./closest.ts";
import type { Command, CommandField, CommandFields, CommandKind } from "./command.ts";
import { BUY, SELL } from "./event.ts";
import type { Instrument } from "./instrument.ts";
import { fullName, instrumentNames } from "./instrument_names.ts";

/**
 * Checks a command against its kind, and returns its fields as the kind takes them.
 *
 * Throws TypeError that names the field, with what it is and what it should be.
 *
 * @example
 * ```ts
 * import { commandFields } from "./command_fields.ts";
 * const kind = { about: "Sends an order.", fields: { side: { type: "side" }, size: { type: "count" } }, apply() {} } as const;
 * const fields = commandFields({ kind: "submit", side: "sell", size: 3 }, kind, []);
 * if (fields.side !== -1 || fields.size !== 3) throw new Error("unexpected");
 * ```
 */
export function commandFields(command: Command, kind: CommandKind, instruments: readonly Instrument[]): CommandFields {
  const names = Object.keys(kind.fields);
  for (const name of Object.keys(command)) {
    if (name !== "kind" && name !== "id" && !Object.hasOwn(kind.fields, name)) {
      throw new TypeError(`Cannot ${command.kind}: there is no field ${name}; ${closest(name, names)}`);
    }
  }
  const fields: Record<string, string | number | boolean | undefined> = {};
  for (const name of names) {
    const field = kind.fields[name], value = command[name];
    if (value === undefined && field.optional) continue;
    const found = valueOf(field, value, instruments);
    if (found === undefined) {
      const is = value === undefined ? "missing" : JSON.stringify(value);
      throw new TypeError(`Cannot ${command.kind}: ${name} is ${is}; it is ${wanted(field, value, instruments)}`);
    }
    fields[name] = found;
  }
  return fields;
}

function valueOf(
  { type }: CommandField,
  value: unknown,
  instruments: readonly Instrument[],
): string | number | boolean | undefined {
  if (typeof type !== "string") return typeof value === "string" && type.includes(value) ? value : undefined;
  switch (type) {
    case "number":
      return typeof value === "number" && Number.isFinite(value) ? value : undefined;
    case "limit":
      return value === "unlimited" || (typeof value === "number" && value >= 0 && value < Infinity) ? value : undefined;
    case "count":
      return Number.isSafeInteger(value) && (value as number) > 0 ? value as number : undefined;
    case "ticks":
      return Number.isSafeInteger(value) ? value as number : undefined;
    case "text":
      return typeof value === "string" && value !== "" ? value : undefined;
    case "flag":
      return typeof value === "boolean" ? value : undefined;
    case "value":
      return typeof value === "boolean" || typeof value === "string" || Number.isFinite(value)
        ? value as string | number | boolean
        : undefined;
    case "side":
      return value === "buy" || value === BUY ? BUY : value === "sell" || value === SELL ? SELL : undefined;
    case "instrument": {
      // A symbol that several venues trade names none of them.
      const index = instrumentNames(instruments).findIndex((name) => name === value);
      const found = index < 0 ? instruments.findIndex((each) => fullName(each) === value) : index;
      return found < 0 ? undefined : found;
    }
  }
}

const WANTED = {
  number: "a number",
  limit: 'a number of 0 or more, or "unlimited"',
  count: "a whole number above 0",
  ticks: "a whole number",
  text: "a text",
  flag: "true or false",
  value: "a text, a number, true or false",
  side: '"buy" or "sell"',
} as const;

/** What should stand in a field, with the near name where it takes one of a few. */
function wanted({ type }: CommandField, value: unknown, instruments: readonly Instrument[]): string {
  if (typeof type === "string" && type !== "instrument") return WANTED[type];
  const names = typeof type === "string" ? instrumentNames(instruments) : type;
  const near = typeof value === "string" ? closest(value, names) : "";
  return near.startsWith("did") ? `one of ${names.join(", ")}; ${near}` : `one of ${names.join(", ")}`;
}
