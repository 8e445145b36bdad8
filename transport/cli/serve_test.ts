import { assertEquals, assertMatch } from "@std/assert";
import { inFolder, program, project, TAPE, writeStrategy } from "../../engine/run/cli/_lockstep.ts";
import { dirname } from "node:path";
import { linesOf } from "./_command_line.ts";

Deno.test("serve: a strategy that does not come back is named, and the server ends rather than hang", () =>
  inFolder(async (folder) => {
    writeStrategy(folder, "sound", "if (n === 1) ctx.submit({ side: BUY, size: 1 });");
    writeStrategy(folder, "stuck", "if (n === 3) for (;;);");
    const where = ["--strategies", folder, "--tapes", dirname(TAPE), "--out", `${folder}/out`];
    const child = program(["serve", "--port", "0", "--stall", "1", ...where], project("."));
    const said = new Response(child.stdout).text(), lines = linesOf(child.stderr);
    const { value: line } = await lines.next();
    const url = new URL(/^Serving on (\S+)/.exec(line!)![1]), token = url.hash.slice("#token=".length);
    const make = async (strategy: string) => {
      const body = JSON.stringify({ strategy, tapes: ["market_l2"] });
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const answer = await fetch(new URL("/api/sessions", url), { method: "POST", headers, body });
      return { status: answer.status, text: await answer.text() };
    };
    assertEquals((await make("sound")).status, 201);
    // It is stuck before it is answered, or just behind: the server ends in both cases.
    await make("stuck").catch(() => {});
    const err = (await Array.fromAsync(lines)).join("\n"), [{ code }] = await Promise.all([child.status, said]);
    assertEquals(code, 137);
    assertMatch(
      err,
      /^error: strategy stuck of session stuck-market_l2-1 has not come back from a callback for 1 s, and/m,
    );
  }));
