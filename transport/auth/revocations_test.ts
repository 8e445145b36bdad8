import { assert, assertEquals, assertThrows } from "@std/assert";
import { Revocations } from "./revocations.ts";

const NOW = 1000;
const ann = { name: "ann", scopes: [], issuer: "a", tokenId: "t1", issued: 900 };

Deno.test("Revocations: by id, by name, by issuer and of all, each of tokens made before", () => {
  for (const one of [{ tokenId: "t1" }, { name: "ann" }, { issuer: "a" }, { name: "ann", issuer: "a" }, {}]) {
    const revocations = new Revocations();
    revocations.revoke({ ...one, before: NOW, until: 5000 }, NOW);
    assert(revocations.revoked(ann), JSON.stringify(one));
    assert(!revocations.revoked({ ...ann, issued: NOW }), "made after");
    assert(revocations.revoked({ ...ann, issued: undefined }), "who does not say when counts as before");
    if (Object.keys(one).length > 0) {
      assert(!revocations.revoked({ name: "bob", scopes: [], issuer: "b", tokenId: "t2", issued: 1 }));
    }
  }
});

Deno.test("Revocations: one id of two issuers", () => {
  const revocations = new Revocations();
  revocations.revoke({ tokenId: "t1", issuer: "b", before: NOW, until: 5000 }, NOW);
  revocations.revoke({ tokenId: "t1", issuer: "a", before: NOW, until: 5000 }, NOW);
  assert(revocations.revoked(ann));
  assert(!revocations.revoked({ ...ann, issuer: "c" }));
});

Deno.test("Revocations.onRevoke: listeners learn whom it cuts", () => {
  const revocations = new Revocations(), cut: boolean[] = [];
  const end = revocations.onRevoke((revoked) =>
    cut.push(revoked(ann), revoked({ name: "bob", scopes: [], issued: 1 }))
  );
  revocations.revoke({ name: "ann", before: NOW, until: 5000 }, NOW);
  assertEquals(cut, [true, false]);
  end();
  revocations.revoke({ before: NOW, until: 5000 }, NOW);
  assertEquals(cut.length, 2);
});

Deno.test("Revocations: bounded; those that ran out make room, and all can always be revoked", () => {
  const revocations = new Revocations({ entriesMax: 3 });
  for (let i = 0; i < 3; i++) revocations.revoke({ tokenId: `t${i}`, before: NOW, until: NOW + i }, NOW);
  assertThrows(
    () => revocations.revoke({ name: "x", before: NOW, until: 9999 }, NOW),
    RangeError,
    "3 revocations stand",
  );
  revocations.revoke({ name: "x", before: NOW, until: 9999 }, NOW + 1);
  assertEquals(revocations.standing(NOW + 1).length, 3);
  revocations.revoke({ before: NOW, until: 0 }, NOW);
  assert(revocations.revoked({ name: "who", scopes: [], issued: 1 }));
});

Deno.test("Revocations: over a restart", () => {
  const first = new Revocations();
  first.revoke({ name: "ann", before: NOW, until: 5000 }, NOW);
  first.revoke({ before: 500, until: 0 }, NOW);
  const second = new Revocations({ standing: JSON.parse(JSON.stringify(first.standing(NOW))) });
  assert(second.revoked(ann));
  assert(second.revoked({ name: "bob", scopes: [], issued: 499 }));
  assert(!second.revoked({ name: "bob", scopes: [], issued: 500 }));
  assertThrows(() => second.revoke({ before: NaN, until: 1 }, NOW), RangeError, "before is NaN");
});
