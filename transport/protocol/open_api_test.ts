import { assertEquals, assertThrows } from "@std/assert";
import * as v from "valibot";
import { errorData, type ErrorName, ERRORS } from "./errors.ts";
import { ANSWERS } from "./messages.ts";
import { openApi } from "./open_api.ts";
import { ROUTES, sessionRequest, statusOf, uploadRequest } from "./rest.ts";

Deno.test("openApi: it has every route once, with its parameters", () => {
  const paths = openApi().paths as Record<string, Record<string, { parameters?: { name: string }[] }>>;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [] }]) =>
      `${method.toUpperCase()} ${path} ${parameters.map(({ name }) => name)}`.trim()
    )
  );
  assertEquals(operations.sort(), [
    "DELETE /api/sessions/{id} id",
    "DELETE /api/tapes/{tape} tape",
    "GET /api/sessions",
    "GET /api/sessions/{id} id",
    "GET /api/sessions/{id}/files/{name} id,name",
    "GET /api/sessions/{id}/result id",
    "GET /api/strategies",
    "GET /api/tapes",
    "POST /api/revocations",
    "POST /api/sessions",
    "POST /api/tapes",
    "POST /api/tapes/{upload}/done upload",
    "POST /api/tickets",
    "PUT /api/tapes/{upload}/{part} upload,part",
  ]);
  assertEquals(operations.length, Object.keys(ROUTES).length);
});

Deno.test("rest: a session or an upload that lacks something, or has more, is refused", () => {
  const session = {
    strategy: "sma_cross",
    tapes: ["bars"],
    set: { fast: 5 },
    pace: "real",
    speed: 2,
    options: { seed: "x" },
  };
  v.parse(sessionRequest, session);
  for (
    const change of [{ tapes: [] }, { strategy: "" }, { pace: "slow" }, { speed: 0 }, { set: { a: {} } }, { file: "x" }]
  ) {
    assertThrows(() => v.parse(sessionRequest, { ...session, ...change }));
  }
  const upload = { name: "day.arrow", bytes: 10, sha256: "0".repeat(64) };
  v.parse(uploadRequest, upload);
  for (const change of [{ bytes: 0 }, { sha256: "0".repeat(63) }, { sha256: "G".repeat(64) }]) {
    assertThrows(() => v.parse(uploadRequest, { ...upload, ...change }));
  }
});

Deno.test("statusOf: every code has a status of errors, and its data are as its schema says", () => {
  for (const name of Object.keys(ERRORS) as ErrorName[]) {
    const data = errorData(name, "Cannot do this");
    v.parse(ANSWERS.error, data);
    assertEquals(statusOf(data.code) >= 400 && statusOf(data.code) < 600, true, name);
  }
  assertEquals([statusOf(2500), statusOf(4000), statusOf(4001), statusOf(6001), statusOf(6000)], [
    403,
    413,
    429,
    503,
    500,
  ]);
});
