import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { fuzzRuns, generated } from "../../tests/fuzz_runs.ts";
import { BUY, NONE, SELL } from "../core/event.ts";
import { type Command, NaiveL3Venue } from "./_naive_l3_venue.ts";
import { Script } from "./_script.ts";
import { L3Venue } from "./l3_venue.ts";

const PRICES = [98, 99, 100, 101, 102];
const word = (side: number): string => side === BUY ? "buy" : side === SELL ? "sell" : "none";

const commands = fc.array(
  fc.record({
    does: fc.constantFrom<Command["does"]>(
      ...["add", "add", "add", "modify", "cancel", "execute", "execute", "execute"] as const,
      ...["trade", "order", "order", "order", "withdraw", "amend"] as const,
    ),
    id: fc.integer({ min: 1, max: 12 }),
    side: fc.constantFrom(BUY, SELL),
    price: fc.constantFrom(...PRICES),
    size: fc.integer({ min: 1, max: 9 }),
    display: fc.constantFrom(0, 0, 0, 2),
    rests: fc.constantFrom(true, true, true, false),
  }),
  { minLength: 60, maxLength: 160, size: "max" },
);

/** The command as a line of a script; orders of ours are numbered as they come. */
function lineOf({ does, id, side, price, size, display, rests }: Command): string {
  if (does === "order") {
    return `o${id}: ${word(side)} ${size} @${price}${display > 0 ? ` show=${display}` : ""}${rests ? "" : " ioc"}`;
  }
  if (does === "withdraw") return `o${id}: cancel`;
  if (does === "amend") return `o${id}: amend ${size} @${price}`;
  if (does === "cancel") return `cancel ${id} ${size}`;
  if (does === "trade") return `trade ${word(side)} ${price} ${size}`;
  return `${does} ${id} ${word(side)} ${price} ${size}`;
}

/** Gives our orders ids of their own in the order in which they come; requests name one of them. */
function numbered(given: readonly Command[]): Command[] {
  let orders = 0;
  return given.flatMap((command) => {
    if (command.does === "order") return [{ ...command, id: ++orders }];
    if (command.does !== "withdraw" && command.does !== "amend") {
      // A quarter of the prints name no aggressor.
      return [command.does === "trade" && command.id % 4 === 0 ? { ...command, side: NONE } : command];
    }
    return orders === 0 ? [] : [{ ...command, id: 1 + command.id % orders }];
  });
}

for (const impact of ["frozen", "insert"] as const) {
  Deno.test(`L3Venue: ${impact}: answers, places and book as with our orders really in one list`, () => {
    fc.assert(
      fc.property(commands, (given) => {
        generated(given.length);
        const script = new Script((...of) => new L3Venue(...of), { impact });
        const venue = script.venue as L3Venue, twin = new NaiveL3Venue(impact === "insert");
        let orders = 0;
        for (const command of numbered(given)) {
          const line = lineOf(command);
          assertEquals(script.play(line), twin.play(command), line);
          if (command.does === "order") orders = command.id;
          for (const price of PRICES) {
            for (const side of [BUY, SELL]) {
              assertEquals(venue.book.levelSize(side, price), twin.size(side, price), `${line}: ${side} ${price}`);
            }
          }
          for (let id = 1; id <= orders; id++) {
            const ahead = twin.ahead(`o${id}`);
            if (ahead !== undefined) assertEquals(venue.ahead(script.slot(`o${id}`)), ahead, `${line}: before o${id}`);
          }
          assertEquals(venue.unknownOrders, twin.unknown, line);
        }
      }),
      { numRuns: fuzzRuns(600) },
    );
  });
}
