import { assertEquals, assertThrows } from "@std/assert";
import { FolderBusyError } from "./folder_lock.ts";
import { OrderLogFolder } from "./order_log_folder.ts";

const run = (name: string, size: string) =>
  JSON.stringify({ kind: "run", run: name, at: "1", since: "0", baseline: {}, positions: { A: { size, cost: "0" } } });

Deno.test("OrderLogFolder: the last run that began says what is held; one killed before it began says nothing", () => {
  const folder = Deno.makeTempDirSync();
  for (const line of [run("a", "1"), run("b", "2")]) {
    using logs = new OrderLogFolder(folder);
    logs.begin().line(line);
  }
  Deno.writeTextFileSync(`${folder}/orders-000003.jsonl`, '{"kind":"fi');
  using logs = new OrderLogFolder(folder);
  assertEquals(logs.books.positionOf("A").size, "2");
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("OrderLogFolder: one program at a time trades by an account", () => {
  const folder = Deno.makeTempDirSync();
  {
    using _first = new OrderLogFolder(folder);
    assertThrows(() => new OrderLogFolder(folder), FolderBusyError);
  }
  new OrderLogFolder(folder)[Symbol.dispose]();
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("OrderLogFolder: the last three logs are kept, and nobody else may read them", () => {
  const folder = Deno.makeTempDirSync();
  for (let i = 0; i < 6; i++) {
    using logs = new OrderLogFolder(folder);
    logs.begin().line(run(`r${i}`, `${i}`));
  }
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  assertEquals(names, ["orders-000004.jsonl", "orders-000005.jsonl", "orders-000006.jsonl"]);
  if (Deno.build.os !== "windows") assertEquals(Deno.statSync(`${folder}/${names[0]}`).mode! & 0o777, 0o600);
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("OrderLogFolder: a log that somebody changed is refused, with the line", () => {
  const folder = Deno.makeTempDirSync();
  Deno.writeTextFileSync(`${folder}/orders-000001.jsonl`, `${run("a", "1")}\nnonsense\n`);
  assertThrows(() => new OrderLogFolder(folder), RangeError, "line 2 is");
  Deno.removeSync(folder, { recursive: true });
});
