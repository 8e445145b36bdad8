import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Audit, auditBreak, type AuditEvent, type AuditOptions } from "./audit.ts";

const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJlLXNpZ25hdHVyZQ";

function rig(over: Partial<AuditOptions> = {}) {
  const lines: string[] = [];
  const audit = new Audit({ sink: { write: (line) => lines.push(line) }, now: () => 1_700_000_000_000, ...over });
  return { lines, audit };
}

const login: AuditEvent = {
  principal: { name: "ann", issuer: "desk", tokenId: "t1" },
  address: "10.0.0.1",
  action: "login",
  outcome: "done",
};

Deno.test("Audit.record: who did what, from where, and what became of it", () => {
  const { lines, audit } = rig();
  assert(audit.record({ ...login, session: "s1", connection: "c1", detail: { kind: "submit", size: 3 } }));
  const { previous, hash, ...rest } = JSON.parse(lines[0]);
  assertEquals([previous, hash.length], ["0".repeat(64), 64]);
  assertEquals(rest, {
    count: 1,
    time: "2023-11-14T22:13:20.000Z",
    address: "10.0.0.1",
    session: "s1",
    connection: "c1",
    who: "ann",
    issuer: "desk",
    jti: "t1",
    action: "login",
    outcome: "done",
    code: 0,
    detail: { kind: "submit", size: 3 },
  });
});

Deno.test("Audit.record: no secret is kept, and nothing that is sent makes a line of its own", () => {
  const { lines, audit } = rig();
  audit.record({
    ...login,
    detail: { token: "opaque", url: "/peer?token=opaque", header: `Bearer ${JWT}`, apiSecret: "opaque" },
  });
  audit.record({ ...login, action: `x\n${lines[0]}`, principal: { name: `ann\u2028${JWT}` } });
  for (const line of lines) {
    assert(!/[\n\r\u2028]/.test(line) && !line.includes("opaque"), line);
    for (const part of JWT.split(".")) assert(!line.includes(part), line);
  }
  assertEquals(auditBreak(lines), -1);
});

Deno.test("auditBreak: a line changed, taken out, put in or moved shows", () => {
  const { lines, audit } = rig();
  for (let i = 0; i < 5; i++) audit.record({ ...login, detail: { i } });
  assertEquals(auditBreak(lines), -1);
  assertEquals(auditBreak(lines.slice(2)), -1, "what is old may go");
  assertEquals(auditBreak(lines.with(2, lines[2].replace("ann", "bob"))), 2);
  assertEquals(auditBreak(lines.toSpliced(2, 1)), 2);
  assertEquals(auditBreak(lines.toSpliced(2, 0, lines[1])), 2);
  assertEquals(auditBreak([lines[1], lines[0]]), 1);
  assertEquals(auditBreak(["{}"]), 0);
});

Deno.test("Audit: goes on where the log before a restart ended", () => {
  const first = rig();
  first.audit.record(login);
  const second = rig({ last: first.lines[0] });
  second.audit.record(login);
  assertEquals(auditBreak([...first.lines, ...second.lines]), -1);
  assertEquals(JSON.parse(second.lines[0]).count, 2);
});

Deno.test("Audit.record: what cannot be kept is said, and counted in the next line", () => {
  let full = true;
  const lines: string[] = [], errors: unknown[] = [];
  const sink = {
    write(line: string) {
      if (full) throw new Error("disk is full");
      lines.push(line);
    },
  };
  const { audit } = rig({ sink, onFailure: (error) => errors.push(error) });
  assertEquals([audit.record(login), audit.record(login)], [false, false]);
  full = false;
  assert(audit.record(login) && audit.record(login));
  assertEquals([JSON.parse(lines[0]).lost, JSON.parse(lines[1]).lost, errors.length], [2, undefined, 2]);
  assertEquals(auditBreak(lines), -1);
});

Deno.test("Audit.record: any event makes one whole line of bounded length", () => {
  const { lines, audit } = rig();
  const text = fc.string({ unit: "binary", maxLength: 5000 });
  fc.assert(
    fc.property(text, text, fc.anything(), (action, name, detail) => {
      assert(audit.record({ action, outcome: "refused", principal: { name }, detail }));
      assert(lines.at(-1)!.length <= 4096 + 80, `${lines.at(-1)!.length}`);
    }),
    { numRuns: 50 },
  );
  audit.record({ ...login, detail: new Array(60).fill("x".repeat(1000)) });
  assert(lines.at(-1)!.includes("too long"));
  assertEquals(auditBreak(lines), -1);
});
