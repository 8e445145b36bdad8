import { assert, assertEquals } from "@std/assert";
import { type ErrorName, ERRORS, ProtocolError } from "../protocol/errors.ts";
import { problemResponse } from "./problem.ts";

Deno.test("problemResponse: every error has its status, and says what an error message says", async () => {
  const statuses: Partial<Record<ErrorName, number>> = {
    TOKEN_EXPIRED: 401,
    SCOPE_MISSING: 403,
    ORIGIN_REFUSED: 403,
    MALFORMED: 400,
    SESSION_UNKNOWN: 404,
    TOO_LARGE: 413,
    RATE_EXCEEDED: 429,
    REFUSED: 409,
    FAILED: 500,
    OVERLOADED: 503,
    DRAINING: 503,
  };
  for (const name of Object.keys(ERRORS) as ErrorName[]) {
    const answer = problemResponse(new ProtocolError(name, "why", 1500));
    assert(answer.status >= 400 && answer.status === (statuses[name] ?? answer.status), name);
    assertEquals((await answer.json()).code, ERRORS[name][0]);
    assertEquals(answer.headers.get("retry-after"), "2");
  }
});

Deno.test("problemResponse: of a fault of the server nothing is told", async () => {
  const faults: unknown[] = [];
  const fault = new TypeError("secret of the inside");
  const answer = problemResponse(fault, (error) => faults.push(error));
  assertEquals([answer.status, faults], [500, [fault]]);
  assert(!(await answer.text()).includes("secret"));
});
