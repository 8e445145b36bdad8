import { assert, assertEquals, assertThrows } from "@std/assert";
import { inFolder } from "../../engine/run/cli/_lockstep.ts";
import { EXIT, Failure } from "../../engine/run/cli/mod.ts";
import { iceOptions, TURN_SECRET } from "./ice_flags.ts";

const turn = ["turn:turn.example:3478"], nothing = () => undefined;
const ann = { name: "ann", issuer: "desk", scopes: ["read"] };

Deno.test("iceOptions: no flag, no servers; STUN alone needs no secret", () => {
  assertEquals(iceOptions({}, nothing), {});
  const { iceServers, relayOnly } = iceOptions({ stun: ["stun:stun.example"] }, nothing);
  assertEquals([iceServers?.(ann), relayOnly], [[{ urls: "stun:stun.example" }], undefined]);
});

Deno.test("iceOptions: the secret comes from a file of one's own, or else from the environment", () =>
  inFolder((folder) => {
    const turnSecret = `${folder}/secret`;
    const credential = (flags: object, env: string | undefined) =>
      iceOptions({ turn, relayOnly: true, ...flags }, (name) => name === TURN_SECRET ? env : undefined)
        .iceServers?.(ann)[0];
    Deno.writeTextFileSync(turnSecret, "north\n", { mode: 0o600 });
    const byFile = credential({ turnSecret }, "south"), byEnv = credential({}, "north");
    assertEquals(byFile?.username?.replace(/^\d+/, ""), ":ann%20(desk)");
    assert(byFile?.credential !== credential({}, "south")?.credential);
    assertEquals(byEnv?.urls, turn[0]);
    return Promise.resolve();
  }));

Deno.test("iceOptions: what does not go together, is open to others or missing is said, and no secret with it", () =>
  inFolder((folder) => {
    const open = `${folder}/open`, empty = `${folder}/empty`;
    Deno.writeTextFileSync(open, "north-secret", { mode: 0o644 });
    Deno.writeTextFileSync(empty, " \n", { mode: 0o600 });
    const cases: readonly (readonly [flags: Parameters<typeof iceOptions>[0], code: number, said: string])[] = [
      [{ turn }, EXIT.USAGE, TURN_SECRET],
      [{ turnSecret: empty }, EXIT.USAGE, "name one by --turn"],
      [{ turn, turnSecret: empty }, EXIT.INPUT, "it is empty"],
      [{ turn, turnSecret: `${folder}/none` }, EXIT.INPUT, "Cannot use the TURN secret"],
      [{ relayOnly: true }, EXIT.USAGE, "Cannot relay only"],
      [{ stun: ["http://x"] }, EXIT.USAGE, "Cannot use ICE server http://x"],
      [{ peers: false, stun: ["stun:x"] }, EXIT.USAGE, "--no-peers"],
    ];
    for (const [flags, code, said] of cases) {
      assertEquals(assertThrows(() => iceOptions(flags, nothing), Failure, said).code, code);
    }
    if (Deno.build.os === "windows") return Promise.resolve();
    const { message } = assertThrows(() => iceOptions({ turn, turnSecret: open }, nothing), Failure, "chmod 600");
    assert(!message.includes("north-secret"));
    return Promise.resolve();
  }));
