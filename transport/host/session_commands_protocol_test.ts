/** PROTOCOL.md against what sessions take: it names every kind of command, its scope and its fields. */
import { assertEquals } from "@std/assert";
import type { CommandField } from "../../engine/core/command.ts";
import { sessionCommands, type SessionParts } from "../../engine/core/session_commands.ts";
import { COMMAND_NEEDS } from "../auth/needs.ts";
import { CLOCK_COMMANDS, HOST_COMMANDS } from "./modes.ts";

const text = await Deno.readTextFile(new URL("../protocol/PROTOCOL.md", import.meta.url));
const part = text.split(/^## /m).find((part) => part.startsWith("Commands\n"))!;
/** By kind: its scope, and the fields that it must have and may have. */
const table = new Map(
  part.split("\n").filter((line) => line.startsWith("| `")).flatMap((line) => {
    const [kinds, scope, fields] = line.split("|").slice(1, -1).map((cell) => cell.trim());
    const needed = fields.split(/[;(:]/)[0], open = fields.match(/\((.*)\)/)?.[1] ?? "";
    return quoted(kinds).map((kind) => [kind, { scope, needed: quoted(needed), open: quoted(open) }] as const);
  }),
);

function quoted(text: string): string[] {
  return [...text.matchAll(/`(\w+)`/g)].map(([, name]) => name);
}

Deno.test("PROTOCOL.md: commands are those that sessions take, with their scopes", () => {
  const kinds = [...Object.keys(kindsOfSession()), ...CLOCK_COMMANDS, ...HOST_COMMANDS];
  assertEquals([...table.keys()].sort(), kinds.sort());
  // What has no row of its own there needs admin.
  for (const [kind, { scope }] of table) assertEquals(scope, COMMAND_NEEDS[kind]?.[0] ?? "admin", kind);
});

Deno.test("PROTOCOL.md: commands of a session have its fields", () => {
  for (const [kind, { fields }] of Object.entries(kindsOfSession())) {
    const named = (optional: boolean) =>
      Object.entries<CommandField>(fields).filter(([, field]) => (field.optional ?? false) === optional).map(([name]) =>
        name
      );
    const { needed, open } = table.get(kind)!;
    assertEquals(needed.sort(), named(false).sort(), kind);
    // Of an algo's own fields its parents' documents tell.
    if (kind === "parent_start") assertEquals(open.filter((name) => !named(true).includes(name)), []);
    else assertEquals(open.sort(), named(true).sort(), kind);
  }
});

/** Kinds by name; nobody carries one out, so that they need nothing to act on. */
function kindsOfSession() {
  const parts = { core: { risk: {} }, context: { instruments: [] }, running: {}, guards: () => ({}) };
  return sessionCommands(parts as unknown as SessionParts);
}
