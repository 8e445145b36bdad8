import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { loadKeeper, loadValue, saveKeeper, saveValue } from "./plain_state.ts";
import { Rng } from "./rng.ts";
import { StateReader } from "./state_reader.ts";
import { StateWriter } from "./state_writer.ts";

/** What a reader says of what was written. */
function refused(write: (to: StateWriter) => void, read: (from: StateReader) => void, message: string): void {
  const to = new StateWriter();
  write(to);
  assertThrows(() => read(new StateReader(to.bytes())), RangeError, message);
}

Deno.test("StateReader: what does not fit is named with its place", () => {
  const write = (to: StateWriter) =>
    to.section("core", 1, () =>
      to.section("clock", 2, () => {
        to.number(7);
        to.column(new Int32Array([1, 2]));
      }));
  const within = (read: (from: StateReader) => void) => (from: StateReader) =>
    from.section("core", 1, () => from.section("clock", 2, () => read(from)));
  const rows: readonly [(from: StateReader) => void, string][] = [
    [(from) => from.section("session", 1, () => {}), "here stands core, and not session"],
    [(from) => from.section("core", 3, () => {}), "core: it is of version 1, and this program reads version 3"],
    [within((from) => from.text()), "core: clock: here stands a number, and not a text"],
    [within((from) => void from.number()), "core: clock: 14 bytes of it are left over"],
    [
      within((from) => {
        from.number();
        from.column(new Float64Array(0));
      }),
      "core: clock: a column is of Int32Array, not of Float64Array",
    ],
    [
      within((from) => {
        from.number();
        from.into(new Int32Array(3));
      }),
      "core: clock: a column has 2 places, not 3",
    ],
    [
      within((from) => {
        from.number();
        from.into(new Int32Array(2));
        from.number();
      }),
      "core: clock: it ends where a number is expected",
    ],
  ];
  for (const [read, message] of rows) refused(write, read, message);
});

Deno.test("StateReader: bytes that are cut anywhere are refused, and read past no end", () => {
  const to = new StateWriter();
  to.section("all", 1, () => {
    to.numbers(1, NaN, -0, Infinity);
    to.text("text");
    to.column(new Float64Array([1, 2, 3]));
  });
  const bytes = to.bytes();
  for (let length = 0; length < bytes.length; length++) {
    const read = () => {
      const from = new StateReader(bytes.subarray(0, length));
      from.section("all", 1, () => {
        for (let i = 0; i < 4; i++) from.number();
        from.text();
        from.column();
      });
    };
    assertThrows(read, RangeError, "Cannot load a snapshot");
  }
});

const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.double(),
    fc.string(),
    fc.boolean(),
    fc.bigInt(),
    fc.constantFrom(null, undefined),
    fc.array(fc.double()),
    fc.float64Array(),
    fc.int8Array(),
    fc.bigInt64Array(),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie("value"), { maxKeys: 4, noNullPrototype: true }),
    fc.array(fc.tuple(fc.string(), tie("value")), { maxLength: 4 }).map((entries) => new Map(entries)),
    fc.array(fc.oneof(fc.string(), fc.double()), { maxLength: 4 }).map((values) => new Set(values)),
  ),
})).value;

Deno.test("plain state: what was saved is what is loaded, whatever plain data it is", () => {
  fc.assert(fc.property(plain, (value) => {
    const to = new StateWriter();
    saveValue(to, value, "it");
    const from = new StateReader(to.bytes());
    assertEquals(loadValue(from), value);
    assertEquals(from.over, true);
  }));
});

class Average {
  sum = 0;
  readonly values: number[] = [];
}

class Two {
  fast = new Average();
  rng = new Rng(3);
  done: boolean | undefined;
}

Deno.test("plain state: objects of a class are filled in place, and generators go on", () => {
  const mine = new Two();
  mine.fast.sum = 7;
  mine.fast.values.push(1, 2);
  mine.rng.next();
  mine.done = true;
  const to = new StateWriter();
  saveKeeper(to, mine, "mine");
  const fresh = new Two(), { fast, rng } = fresh;
  loadKeeper(new StateReader(to.bytes()), fresh, "mine");
  assertEquals([fresh.fast, fresh.rng], [fast, rng]);
  assertEquals([fast.sum, fast.values, fresh.done], [7, [1, 2], true]);
  assertEquals(rng.next(), mine.rng.next());
  refused(
    (to) => saveValue(to, mine.fast, "mine"),
    (from) => loadValue(from),
    "an object of class Average is to be filled",
  );
});

Deno.test("plain state: what cannot be copied is refused by its path", () => {
  class Hidden {
    static made = 0;
    readonly #seen = 0;
    get seen(): number {
      return this.#seen;
    }
  }
  const shared = {}, memory = new Float64Array(4);
  const rows: readonly [unknown, string][] = [
    [{ a: [0, () => 1] }, "it.a[1]: it is a function"],
    [{ a: Symbol("x") }, "it.a: it is a symbol"],
    [{ a: new Hidden() }, "it.a: its class Hidden has the private field #seen"],
    [{ a: shared, b: shared }, "it.b: it is the same object as it.a"],
    [{ a: new Date(0) }, "it.a: it is a Date of the system"],
    [{ a: memory, b: memory.subarray(1) }, "it.b: it shares its memory with it.a"],
    [new Map([["k", new WeakMap()]]), "it.get(k): it is a WeakMap of the system"],
    [{
      get a() {
        return 1;
      },
    }, "it.a: it is a getter of its own"],
  ];
  for (const [value, message] of rows) {
    assertThrows(() => saveValue(new StateWriter(), value, "it"), RangeError, `Cannot take a snapshot of ${message}`);
  }
  assertThrows(() => saveKeeper(new StateWriter(), { save: () => 5 }, "it"), RangeError, "it has save, but no load");
});
