/** What to do instead, by the name or its first part. */
const INSTEAD: readonly (readonly [names: string, instead: string])[] = [
  ["Date performance Temporal Intl", "runs must repeat; use ctx.now, or the event's own time"],
  ["Math crypto", "runs must repeat; use ctx.random"],
  [
    "setTimeout setInterval setImmediate queueMicrotask requestAnimationFrame",
    "runs must repeat; use ctx.after or ctx.every, and onTimer",
  ],
  [
    "WeakRef FinalizationRegistry",
    "runs must repeat, and when memory is collected differs each time; use a Map or WeakMap",
  ],
  ["Number BigInt String Array", "it differs with the machine's locale; compare with < or format it yourself"],
];

/** What the language itself has that gives the same everywhere; every other global is taken away. */
const KEPT = new Set(
  ("Object Function Array Number parseFloat parseInt Infinity NaN undefined Boolean String Symbol BigInt Math JSON Reflect " +
    "Proxy Map Set WeakMap WeakSet Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError " +
    "SuppressedError DisposableStack ArrayBuffer DataView Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array " +
    "Int32Array Uint32Array BigInt64Array BigUint64Array Float16Array Float32Array Float64Array Iterator Promise RegExp " +
    "globalThis self isNaN isFinite decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape eval Date " +
    "console TextEncoder TextDecoder structuredClone").split(" "),
);

/** Methods that give what the machine's locale or time zone makes of a value. */
const LOCAL = /^(toLocale\w*|localeCompare)$/;
const LOCAL_TIME = /^(toLocale\w*|to(Date|Time)?String|[gs]et(?!UTC|Time$)\w+)$/;

/**
 * Takes clock, chance, machine and network away from this Worker for good: what was there throws, and says what to use
 * instead. All that needs them itself must have taken hold of them before.
 *
 * `new Date(ms)`, its UTC getters, `Date.UTC` and all of exact mathematics stay.
 */
export function takeAwayGlobals(): void {
  const world = globalThis as unknown as Record<string, unknown>;
  for (const name of Object.getOwnPropertyNames(world)) {
    if (!KEPT.has(name)) put(world, name, barred(name, world[name]));
  }
  put(Math, "random", barredCall("Math.random"));
  for (const owner of [Number, BigInt, String, Array]) barMethods(owner.name, owner.prototype, LOCAL);
  barMethods("Date", Date.prototype, LOCAL_TIME);
  const date = barredDate(Date);
  put(Date.prototype, "constructor", date);
  put(world, "Date", date);
}

/** `Date` without the present: what it makes of a time in UTC stays. */
function barredDate(real: DateConstructor): unknown {
  function date(this: unknown, ...given: readonly unknown[]): unknown {
    if (new.target === undefined) throw refusal("Date", "call");
    if (given.length === 0) throw refusal("Date", "call", "new Date()");
    if (given.length > 1) {
      throw refusal("Date", "call", "new Date(year, month, …), which is in local time; take Date.UTC");
    }
    const target = new.target as unknown;
    return Reflect.construct(real, given, target === date ? real : target as DateConstructor);
  }
  Object.defineProperty(date, "name", { value: "Date" });
  put(date, "prototype", real.prototype);
  put(date, "UTC", real.UTC);
  put(date, "parse", real.parse);
  put(date, "now", barredCall("Date.now"));
  return date;
}

function barMethods(owner: string, prototype: object, names: RegExp): void {
  for (const name of Object.getOwnPropertyNames(prototype)) {
    if (names.test(name)) put(prototype, name, barredCall(`${owner}.${name}`));
  }
}

/** What stands in place of a global: it throws when it is called, or anything of it is looked at. */
function barred(name: string, real: unknown): unknown {
  if (real === null || (typeof real !== "object" && typeof real !== "function")) return undefined;
  return new Proxy(typeof real === "function" ? barredCall(name) : {}, {
    construct() {
      throw refusal(name, "call");
    },
    get(_target, key) {
      if (typeof key === "symbol") return undefined;
      const member = (real as Record<string, unknown>)[key];
      throw refusal(`${name}.${key}`, typeof member === "function" ? "call" : "use");
    },
    set(_target, key) {
      throw refusal(`${name}.${String(key)}`, "use");
    },
  });
}

function barredCall(name: string): () => never {
  // A function, not an arrow: `new Worker()` must come to the same refusal.
  return function () {
    throw refusal(name, "call");
  };
}

function refusal(name: string, verb: "call" | "use", shown = name): TypeError {
  const owner = name.split(".")[0];
  const instead = INSTEAD.find(([names]) => names.split(" ").includes(owner))?.[1] ??
    "it sees its session and nothing else";
  return new TypeError(`Cannot ${verb} ${shown} in a strategy: ${instead}`);
}

function put(owner: object, name: string, value: unknown): void {
  // Some of a Worker's globals cannot be changed; none of those tells time or chance.
  Reflect.defineProperty(owner, name, { value, writable: false, enumerable: false, configurable: false });
}
