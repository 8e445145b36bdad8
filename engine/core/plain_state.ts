import { Rng } from "./rng.ts";
import type { StateReader } from "./state_reader.ts";
import { type Column, COLUMNS, type StateWriter } from "./state_writer.ts";
import type { Keeper } from "./stateful.ts";

/** What stands before each value. */
const UNDEFINED = 0, NULL = 1, FALSE = 2, TRUE = 3, FLOAT = 4, BIGINT = 5, STRING = 6, TYPED = 7;
const ARRAY = 8, NUMBERS = 9, OBJECT = 10, MAP = 11, SET = 12, RNG = 13, INSTANCE = 14;

/**
 * Writes a value of plain data: numbers, strings, booleans, bigint, null, undefined, arrays, typed arrays, plain objects,
 * Map and Set, a generator (`ctx.random` and its children), objects of a class whose fields are such data, and all of
 * these in each other.
 *
 * Throws RangeError, with the value's path (`what.field[2]`), for what cannot be copied without loss: functions, classes
 * with private fields, objects of the system (Date, Promise), symbols, and one object in two places, which would be two
 * after it was read. Names that cannot be enumerated are not seen.
 *
 * @example
 * ```ts
 * import { loadValue, saveValue } from "./plain_state.ts";
 * import { StateReader } from "./state_reader.ts";
 * import { StateWriter } from "./state_writer.ts";
 * const to = new StateWriter();
 * saveValue(to, { seen: new Set([1, 2]), at: 5n }, "strategy");
 * const read = loadValue(new StateReader(to.bytes())) as { seen: Set<number>; at: bigint };
 * if (!read.seen.has(2) || read.at !== 5n) throw new Error("unexpected");
 * ```
 */
export function saveValue(to: StateWriter, value: unknown, path: string): void {
  save(to, value, path, new Map());
}

/**
 * Reads what {@linkcode saveValue} wrote. Objects of a class are filled in place where `into` has one of that class at the
 * same path; RangeError where it has not.
 */
export function loadValue(from: StateReader, into?: unknown): unknown {
  const kind = from.number();
  switch (kind) {
    case UNDEFINED:
      return undefined;
    case NULL:
      return null;
    case FALSE:
      return false;
    case TRUE:
      return true;
    case FLOAT:
      return from.number();
    case BIGINT:
      return BigInt(from.text());
    case STRING:
      return from.text();
    case TYPED:
      return typed(from.column(), into);
    case NUMBERS:
      return Array.from(from.column<Float64Array>());
    case ARRAY:
      return Array.from(
        { length: from.number() },
        (_, i) => loadValue(from, Array.isArray(into) ? into[i] : undefined),
      );
    case MAP:
      return new Map(Array.from({ length: from.number() }, () => [loadValue(from), loadValue(from)]));
    case SET:
      return new Set(Array.from({ length: from.number() }, () => loadValue(from)));
    case RNG: {
      const state = Array.from(from.column<Float64Array>());
      const rng = into instanceof Rng ? into : new Rng(0);
      rng.state = state as unknown as Rng["state"];
      return rng;
    }
    case OBJECT:
      return fields(from, isPlain(into) ? into : {});
    case INSTANCE: {
      const name = from.text();
      if (typeof into === "object" && into !== null && into.constructor?.name === name) return fields(from, into);
      throw from.refuse(
        `an object of class ${name} is to be filled, and there is none at its place; add save and load`,
      );
    }
    default:
      throw from.refuse(`${kind} is no kind of value`);
  }
}

/**
 * Writes what a strategy or a model knows: what its own `save` returns, else its fields. Throws RangeError as
 * {@linkcode saveValue}, with the remedy.
 */
export function saveKeeper(to: StateWriter, keeper: object, what: string): void {
  const { save: own, load: back } = keeper as Keeper;
  if (typeof own === "function") {
    const state = own.call(keeper);
    if (typeof back !== "function" && state !== null && state !== undefined) {
      throw new RangeError(`Cannot take a snapshot of ${what}: it has save, but no load; add load`);
    }
    to.flag(true);
    return saveValue(to, state, what);
  }
  to.flag(false);
  checkClass(keeper, what);
  const seen = new Map<object, string>([[keeper, what]]);
  saveFields(to, keeper, what, seen);
}

/** Gives a strategy or a model just made what {@linkcode saveKeeper} wrote of it. */
export function loadKeeper(from: StateReader, keeper: object, what: string): void {
  if (!from.flag()) return void fields(from, keeper);
  const state = loadValue(from);
  const { load } = keeper as Keeper;
  if (load) load.call(keeper, state);
  else if (state !== null && state !== undefined) throw from.refuse(`${what} has no load; add one`);
}

function save(to: StateWriter, value: unknown, path: string, seen: Map<object, string>): void {
  switch (typeof value) {
    case "undefined":
      return to.number(UNDEFINED);
    case "boolean":
      return to.number(value ? TRUE : FALSE);
    case "number":
      return to.numbers(FLOAT, value);
    case "bigint":
      to.number(BIGINT);
      return to.text(String(value));
    case "string":
      to.number(STRING);
      return to.text(value);
    case "object":
      return value === null ? to.number(NULL) : saveObject(to, value, path, seen);
    default:
      throw refusal(path, `it is a ${typeof value}`);
  }
}

function saveObject(to: StateWriter, value: object, path: string, seen: Map<object, string>): void {
  const before = seen.get(value);
  if (before !== undefined) throw refusal(path, `it is the same object as ${before}, and would be another afterwards`);
  seen.set(value, path);
  if (Array.isArray(value)) return saveArray(to, value, path, seen);
  if (ArrayBuffer.isView(value)) return saveTyped(to, value, path, seen);
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Map.prototype) {
    const map = value as Map<unknown, unknown>;
    to.numbers(MAP, map.size);
    for (const [key, each] of map) {
      save(to, key, `${path}'s key`, seen);
      save(to, each, `${path}.get(${String(key)})`, seen);
    }
  } else if (prototype === Set.prototype) {
    const set = value as Set<unknown>;
    to.numbers(SET, set.size);
    for (const each of set) save(to, each, `${path}'s member`, seen);
  } else if (value instanceof Rng) {
    to.number(RNG);
    to.column(Float64Array.from(value.state));
  } else if (isPlain(value)) {
    to.number(OBJECT);
    saveFields(to, value, path, seen);
  } else {
    checkClass(value, path);
    to.number(INSTANCE);
    to.text(value.constructor.name);
    saveFields(to, value, path, seen);
  }
}

function saveArray(to: StateWriter, values: readonly unknown[], path: string, seen: Map<object, string>): void {
  if (values.length > 0 && values.every((value) => typeof value === "number")) {
    to.number(NUMBERS);
    return to.column(Float64Array.from(values as number[]));
  }
  to.numbers(ARRAY, values.length);
  for (let i = 0; i < values.length; i++) save(to, values[i], `${path}[${i}]`, seen);
}

function saveTyped(to: StateWriter, value: ArrayBufferView, path: string, seen: Map<object, string>): void {
  const { buffer } = value;
  const before = seen.get(buffer);
  if (before !== undefined) throw refusal(path, `it shares its memory with ${before}`);
  seen.set(buffer, path);
  if (!COLUMNS.some((kind) => kind.prototype === Object.getPrototypeOf(value))) {
    throw refusal(path, `it is a ${value.constructor.name}`);
  }
  to.number(TYPED);
  to.column(value as Column);
}

function saveFields(to: StateWriter, object: object, path: string, seen: Map<object, string>): void {
  const keys = Object.keys(object);
  to.number(keys.length);
  for (const key of keys) {
    const property = Object.getOwnPropertyDescriptor(object, key)!;
    to.text(key);
    const place = `${path}.${key}`;
    if (!("value" in property)) throw refusal(place, "it is a getter of its own");
    save(to, property.value, place, seen);
  }
}

function fields<T extends object>(from: StateReader, into: T): T {
  const held = into as Record<string, unknown>, kept = new Set<string>();
  for (let count = from.number(); count > 0; count--) {
    const key = from.text();
    kept.add(key);
    const value = loadValue(from, Object.hasOwn(held, key) ? held[key] : undefined);
    if (Object.hasOwn(held, key) && Object.is(held[key], value)) continue;
    // Not by assignment, which a key such as __proto__ would turn into something else.
    Object.defineProperty(held, key, { value, writable: true, enumerable: true, configurable: true });
  }
  for (const key of Object.keys(held)) if (!kept.has(key)) delete held[key];
  return into;
}

/** Typed arrays are filled in place where they fit: whoever else holds one sees the same numbers. */
function typed(column: Column, into: unknown): Column {
  if (!ArrayBuffer.isView(into) || into.constructor !== column.constructor) return column;
  if ((into as Column).length !== column.length) return column;
  (into as Float64Array).set(column as Float64Array);
  return into as Column;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** A private field where its class declares it: `#count = 0;`, `static #all;`. Private methods keep nothing. */
const PRIVATE = /(?:^|[\s;{}/])(#[\p{ID_Start}$_][\p{ID_Continue}$]*)\s*(?:=(?!=)|;|\n|\})/u;

/** Throws RangeError where an object's class keeps what its fields do not show. */
function checkClass(object: object, path: string): void {
  if (Object.prototype.toString.call(object) !== "[object Object]") {
    throw refusal(path, `it is a ${object.constructor.name} of the system`);
  }
  for (
    let prototype = Object.getPrototypeOf(object);
    prototype !== null && prototype !== Object.prototype;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    const field = PRIVATE.exec(String(prototype.constructor))?.[1];
    if (field !== undefined) {
      throw refusal(path, `its class ${prototype.constructor.name} has the private field ${field}`);
    }
  }
}

function refusal(path: string, why: string): RangeError {
  return new RangeError(
    `Cannot take a snapshot of ${path}: ${why}, and what it knows cannot be copied; add save and load to its object ` +
      `("save: () => null" where it keeps nothing), or keep what it knows in fields of plain data`,
  );
}
