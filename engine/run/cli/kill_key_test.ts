import { assertEquals } from "@std/assert";
import { KillKey } from "./kill_key.ts";

Deno.test("KillKey: K kills, no other key does, and the terminal is as it was before", async () => {
  let keys!: ReadableStreamDefaultController<Uint8Array>;
  const modes: string[] = [], said: string[] = [];
  let killed = 0;
  const terminal = {
    readable: new ReadableStream<Uint8Array>({ start: (controller) => void (keys = controller) }),
    setRaw: (mode: boolean, options?: { cbreak: boolean }) => void modes.push(`${mode} ${options?.cbreak ?? ""}`),
  };
  const key = new KillKey(terminal, () => killed++, (line) => said.push(line));
  const press = async (text: string) => {
    keys.enqueue(new TextEncoder().encode(text));
    for (let i = 0; i < 10; i++) await Promise.resolve();
  };
  await press("kj\n");
  assertEquals(killed, 0);
  await press("K");
  assertEquals(killed, 1);
  key[Symbol.dispose]();
  await Promise.resolve();
  assertEquals(modes, ["true true", "false "]);
  assertEquals(said, ["Press K (Shift+K) to kill: no orders leave, all that rest are cancelled"]);
});
