import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ProtocolError } from "../protocol/errors.ts";
import { type UploadLimits, Uploads } from "./uploads.ts";

function rig(limits: Partial<UploadLimits> = {}) {
  const clock = { now: 0 }, dropped: string[] = [];
  return {
    clock,
    dropped,
    uploads: new Uploads({ now: () => clock.now, limits, onDrop: (name) => dropped.push(name) }),
  };
}

Deno.test("Uploads.begin: the server makes the name, whatever the client says", () => {
  const { uploads } = rig({ openMax: 1000, userBytesMax: 1e9 });
  const names = new Set<string>();
  const wild = ["../../etc/passwd", "C:\\x", "a\0b", "a\nb", "x".repeat(1e5), "", "upload-00"];
  for (const label of wild) {
    const upload = uploads.begin({ user: "ann", bytes: 1, label });
    assert(/^upload-[0-9a-f]{32}$/.test(upload.name));
    assert(upload.label.length <= 200 && !/\p{Cc}/u.test(upload.label));
    names.add(upload.name);
  }
  assertEquals(names.size, wild.length);
});

Deno.test("Uploads.begin: quotas of an upload, a user and the server are reserved at once", () => {
  const { uploads } = rig({ bytesMax: 100, userBytesMax: 150, totalBytesMax: 250, openMax: 2 });
  const begin = (user: string, bytes: number) => uploads.begin({ user, bytes });
  assertThrows(() => begin("ann", 101), ProtocolError, "over 100 bytes");
  for (const bytes of [0, -1, 1.5, NaN, Infinity]) {
    assertThrows(() => begin("ann", bytes), ProtocolError, "no number of bytes");
  }
  const first = begin("ann", 100);
  assertThrows(() => begin("ann", 51), ProtocolError, "a user's share");
  begin("ann", 10);
  assertThrows(() => begin("ann", 10), ProtocolError, "2 are unfinished");
  begin("bob", 100);
  assertThrows(() => begin("eve", 50), ProtocolError, "the server is full");
  uploads.delete(first.name, "ann");
  begin("eve", 50);
});

Deno.test("Uploads.part: in order, once each, no more than was said", () => {
  const { uploads } = rig({ partBytesMax: 10 });
  const { name } = uploads.begin({ user: "ann", bytes: 15 });
  assertThrows(() => uploads.part(name, "ann", 1, 5), ProtocolError, "part 0 comes next");
  assertThrows(() => uploads.part(name, "ann", 0, 11), ProtocolError, "over 10 bytes");
  for (const bytes of [0, -5, NaN]) assertThrows(() => uploads.part(name, "ann", 0, bytes), ProtocolError, "empty");
  assertEquals(uploads.part(name, "ann", 0, 10), "new");
  assertEquals(uploads.part(name, "ann", 0, 10), "known");
  for (const part of [-1, 0.5, NaN, 2]) {
    assertThrows(() => uploads.part(name, "ann", part, 1), ProtocolError, "part 1 comes next");
  }
  assertThrows(() => uploads.part(name, "ann", 1, 6), ProtocolError, "more bytes than it said");
  assertThrows(() => uploads.finish(name, "ann"), ProtocolError, "10 of its 15 bytes");
  uploads.part(name, "ann", 1, 5);
  assert(uploads.finish(name, "ann").finished && uploads.finish(name, "ann").finished);
  assertThrows(() => uploads.part(name, "ann", 2, 1), ProtocolError, "it is finished");
});

Deno.test("Uploads: another's upload is not there", () => {
  const { uploads } = rig();
  const { name } = uploads.begin({ user: "ann", bytes: 5 });
  for (const call of ["get", "finish", "delete"] as const) {
    assertThrows(() => uploads[call](name, "bob"), ProtocolError, "none of that name");
    assertThrows(() => uploads[call]("__proto__", "bob"), ProtocolError, "none of that name");
  }
  assertThrows(() => uploads.part(name, "bob", 0, 5), ProtocolError, "none of that name");
});

Deno.test("Uploads: who begins and goes away holds nothing for long", () => {
  const { clock, dropped, uploads } = rig({ openMax: 1, idleMs: 1000 });
  const { name } = uploads.begin({ user: "ann", bytes: 20 });
  clock.now = 999;
  uploads.part(name, "ann", 0, 10);
  clock.now = 1998;
  assertThrows(() => uploads.begin({ user: "ann", bytes: 1 }), ProtocolError, "unfinished");
  clock.now = 1999;
  uploads.begin({ user: "ann", bytes: 1 });
  assertEquals(dropped, [name]);
});

Deno.test("Uploads: whatever is done, what is given up counts no more", () => {
  const step = fc.tuple(
    fc.constantFrom("begin", "part", "finish", "delete", "idle"),
    fc.nat(3),
    fc.integer({ min: 1, max: 40 }),
  );
  fc.assert(fc.property(fc.array(step), (steps) => {
    const { clock, uploads } = rig({ bytesMax: 50, userBytesMax: 60, totalBytesMax: 100, openMax: 2, idleMs: 10 });
    const names: [name: string, user: string][] = [];
    for (const [what, which, bytes] of steps) {
      const user = which % 2 === 0 ? "ann" : "bob", [name, owner] = names[which] ?? ["none", user];
      try {
        if (what === "begin") names.push([uploads.begin({ user, bytes }).name, user]);
        else if (what === "part") uploads.part(name, owner, 0, bytes);
        else if (what === "finish") uploads.finish(name, owner);
        else if (what === "delete") uploads.delete(name, owner);
        else clock.now += 11;
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
      }
    }
    for (const [name, user] of names) {
      try {
        uploads.delete(name, user);
      } catch { /* It was given up before. */ }
    }
    for (const user of ["ann", "bob"]) {
      uploads.begin({ user, bytes: 25 });
      uploads.begin({ user, bytes: 25 });
    }
  }));
});
