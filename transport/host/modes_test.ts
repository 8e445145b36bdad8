import { assertEquals, assertThrows } from "@std/assert";
import { COMMAND_NEEDS } from "../auth/needs.ts";
import { ANSWERS } from "../protocol/messages.ts";
import { checkMode, CLOCK_COMMANDS, commandsIn, HOST_COMMANDS, type Mode } from "./modes.ts";

const TRADING = ["submit", "cancel", "parent_start", "set_limit", "kill", "strategy_set", "dead_man"];
const CLOCK = ["clock_pause", "clock_resume", "clock_step", "clock_speed", "clock_seek"];
const KINDS = [...CLOCK, "clock_fork", "drive", ...TRADING];

const HAS: Readonly<Record<Mode, readonly string[]>> = {
  backtest: KINDS,
  paper: ["drive", ...TRADING],
  live: TRADING,
  replay: CLOCK,
};

Deno.test("checkMode: each of the four modes has what is written here, and refuses the rest with why", () => {
  assertEquals(Object.keys(HAS).sort(), [...ANSWERS.hello.entries.mode.options].sort());
  for (const [mode, has] of Object.entries(HAS) as [Mode, string[]][]) {
    assertEquals(commandsIn(mode, KINDS), has, mode);
    for (const kind of KINDS) {
      if (has.includes(kind)) checkMode(mode, kind);
      else {
        const refused = assertThrows(() => checkMode(mode, kind), Error, `Cannot ${kind} in mode ${mode}: `);
        assertEquals((refused as Error & { data: { name: string } }).data.name, "MODE_UNSUPPORTED");
      }
    }
  }
});

Deno.test("CLOCK_COMMANDS, HOST_COMMANDS: each says what scope it needs", () => {
  for (const kind of [...CLOCK_COMMANDS, ...HOST_COMMANDS]) assertEquals(kind in COMMAND_NEEDS, true, kind);
});
