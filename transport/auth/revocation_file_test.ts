import { assertEquals, assertThrows } from "@std/assert";
import { RevocationFile } from "./revocation_file.ts";
import { Revocations } from "./revocations.ts";

Deno.test("RevocationFile: what was revoked is so after a restart", () => {
  const folder = Deno.makeTempDirSync(), path = `${folder}/revoked.json`;
  const before = new Revocations({ standing: new RevocationFile(path).read() });
  before.revoke({ name: "ann", before: 100, until: 1000 }, 50);
  before.revoke({ tokenId: "t1", before: 100, until: 1000 }, 50);
  new RevocationFile(path).write(before.standing(60));
  const after = new Revocations({ standing: new RevocationFile(path).read() });
  const token = (name: string, tokenId: string) => ({ name, scopes: [], issued: 10, tokenId });
  const tokens = [token("ann", "t7"), token("bob", "t1"), token("bob", "t2")];
  assertEquals(tokens.map((each) => after.revoked(each)), [true, true, false]);
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("RevocationFile: a file that holds something else is no reason to let all in", () => {
  const folder = Deno.makeTempDirSync(), path = `${folder}/revoked.json`;
  for (const text of ["", "{}", "[1]", '[{"name":"ann"}]', "[null]"]) {
    Deno.writeTextFileSync(path, text);
    assertThrows(() => new RevocationFile(path).read(), RangeError, "it holds something else");
  }
  Deno.removeSync(folder, { recursive: true });
});
