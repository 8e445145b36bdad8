/** PROTOCOL.md against the schemas: it names every type, channel, field and error, and nothing has another meaning there. */
import { assertEquals } from "@std/assert";
import { CHANNELS } from "./channels.ts";
import { SNAPSHOTS, UPDATES } from "./data.ts";
import { categoryOf, ERRORS } from "./errors.ts";
import { ANSWERS, REQUESTS } from "./messages.ts";

const text = await Deno.readTextFile(new URL("PROTOCOL.md", import.meta.url));
const part = (title: string) => text.split(/^##+ /m).find((part) => part.startsWith(`${title}\n`)) ?? "";

/** Cells of a table's rows, by the name in the first. */
function rows(title: string): Map<string, string[]> {
  const lines = part(title).split("\n").filter((line) => /^\| [`\d]/.test(line));
  return new Map(lines.map((line) => {
    const cells = line.split("|").slice(1, -1).map((cell) => cell.trim());
    return [cells[0].replaceAll("`", ""), cells];
  }));
}

/** Names in backquotes. */
function quoted(cell: string): string[] {
  return [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name);
}

function keys(schema: { entries?: object }): string[] {
  return Object.keys(schema.entries ?? {}).sort();
}

Deno.test("PROTOCOL.md: requests and answers have the fields of their schemas", () => {
  for (const [title, schemas] of [["From a client", REQUESTS], ["From a server", ANSWERS]] as const) {
    const table = rows(title);
    assertEquals([...table.keys()], Object.keys(schemas), title);
    for (const [type, schema] of Object.entries(schemas)) {
      assertEquals(quoted(table.get(type)?.[1] ?? "").sort(), keys(schema), type);
    }
  }
});

Deno.test("PROTOCOL.md: channels have the fields, delivery and snapshots of their tables", () => {
  const table = rows("Channels");
  assertEquals([...table.keys()], Object.keys(CHANNELS));
  for (const [channel, { delivery, snapshot, scope }] of Object.entries(CHANNELS)) {
    const [, symbol, delivered, state, data] = table.get(channel) ?? [];
    assertEquals(symbol, { instrument: "instrument", session: '`""`', strategy: "signal" }[scope], channel);
    assertEquals(delivered, delivery, channel);
    assertEquals(state.startsWith("yes"), snapshot, channel);
    assertEquals(quoted(data).sort(), keys(UPDATES[channel as keyof typeof UPDATES]), channel);
  }
  for (const [channel, schema] of Object.entries(SNAPSHOTS)) {
    assertEquals(quoted(table.get(channel)?.[3] ?? ""), keys(schema), channel);
  }
});

Deno.test("PROTOCOL.md: errors and their ranges are those of the table", () => {
  const table = [...rows("Errors").values()];
  const ranges = table.filter(([code]) => code.includes("–"));
  for (const [range, category] of ranges) {
    const [from, to] = range.split("–").map(Number);
    assertEquals([categoryOf(from), categoryOf(to)], [category, category]);
  }
  const listed = table.filter(([code]) => !code.includes("–"));
  assertEquals(listed, Object.entries(ERRORS).map(([name, [code, remedy]]) => [String(code), name, remedy]));
});
