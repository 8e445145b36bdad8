import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ProtocolError } from "../protocol/errors.ts";
import { Origins } from "./origins.ts";

const origins = new Origins({ port: 8787, origins: ["https://desk.example", "http://10.0.0.5:3000"] });

/** Headers as they come, though the platform's own would refuse some of these. */
function headers(values: Readonly<Record<string, string>>) {
  return { get: (name: string) => values[name] ?? null };
}

function passes(values: Readonly<Record<string, string>>, method?: string, by = origins): boolean {
  try {
    by.check(headers(values), method);
    return true;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    assertEquals(error.data.name, "ORIGIN_REFUSED");
    return false;
  }
}

Deno.test("Origins.check: the host must be this server, however it is written", () => {
  const fine = ["localhost:8787", "LOCALHOST:8787", "localhost.:8787", "127.0.0.1:8787", "[::1]:8787"];
  for (const host of [...fine, "[0:0:0:0:0:0:0:1]:8787", "[::0001]:8787"]) assert(passes({ host }), host);
});

Deno.test("Origins.check: DNS rebinding and other tricks with the host", () => {
  const rebound = ["evil.example:8787", "evil.example", "localhost.evil.example:8787", "127.0.0.1.nip.example:8787"];
  const ports = [
    "localhost",
    "localhost:80",
    "localhost:8788",
    "localhost:08787x",
    "localhost:",
    "localhost:0",
    "localhost:99999",
  ];
  const dots = ["localhost..:8787", ".localhost:8787", "local host:8787", "localhost%2e:8787", "local\u00adhost:8787"];
  const numbers = ["127.1:8787", "2130706433:8787", "0x7f000001:8787", "0177.0.0.1:8787", "0.0.0.0:8787"];
  const literals = ["::1:8787", "[::1:8787", "[::1%25lo]:8787", "[::ffff:127.0.0.1]:8787", "[::2]:8787", "[]:8787"];
  const letters = ["ⓛocalhost:8787", "lоcalhost:8787", "１２７.0.0.1:8787", "localhost。:8787"];
  const several = [
    "localhost:8787, evil.example",
    "localhost:8787@evil.example",
    "user@localhost:8787",
    "localhost:8787/x",
  ];
  const others = ["", " localhost:8787", "localhost:8787\n", "http://localhost:8787", "localhost\0:8787"];
  for (const host of [...rebound, ...ports, ...dots, ...numbers, ...literals, ...letters, ...several, ...others]) {
    assert(!passes({ host }), JSON.stringify(host));
    assert(!passes({ host, origin: `http://${host}` }), JSON.stringify(host));
  }
  assert(!passes({}), "no host at all");
});

Deno.test("Origins.check: its own page, listed pages, and no page", () => {
  const host = "localhost:8787";
  assert(passes({ host }));
  for (const origin of ["http://localhost:8787", "https://desk.example", "http://10.0.0.5:3000"]) {
    assert(passes({ host, origin }), origin);
  }
  assert(passes({ host: "[::1]:8787", origin: "http://[::1]:8787" }));
  const tricks = [
    "null",
    "",
    "https://localhost:8787",
    "http://localhost",
    "http://localhost:8788",
    "http://127.0.0.1:8787",
  ];
  const near = [
    "https://desk.example.evil.example",
    "https://evil-desk.example",
    "http://desk.example",
    "https://desk.example:8443",
  ];
  const odd = [
    "https://desk.example/",
    "https://DESK.example",
    "https://desk.example@evil.example",
    "file://",
    "*",
    "https://*",
  ];
  for (
    const origin of [...tricks, ...near, ...odd, "chrome-extension://abc", "https://desk.example https://evil.example"]
  ) {
    assert(!passes({ host, origin }), origin);
  }
});

Deno.test("Origins.check: what another page asks for without Origin, but not a link to this page", () => {
  const host = "localhost:8787";
  assert(!passes({ host, "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" }));
  assert(!passes({ host, "sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "script" }));
  const link = { host, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
  assert(passes(link));
  assert(!passes(link, "POST"));
  assert(!passes({ ...link, "sec-fetch-dest": "iframe" }));
  assert(passes({ host, "sec-fetch-site": "same-origin" }));
});

Deno.test("Origins.check: behind TLS, at the usual port", () => {
  const own = new Origins({ port: 443, tls: true, hosts: ["Lab.example"] });
  assert(passes({ host: "lab.example", origin: "https://lab.example" }, "GET", own));
  assert(passes({ host: "lab.example:443" }, "GET", own));
  assert(!passes({ host: "lab.example", origin: "http://lab.example" }, "GET", own));
  assert(!passes({ host: "localhost" }, "GET", own), "a name that is not configured");
});

Deno.test("Origins: CORS names a listed page alone, and lets no cookies through", () => {
  const listed = headers({ origin: "https://desk.example" }), other = headers({ origin: "https://evil.example" });
  assertEquals(origins.corsHeaders(listed)["access-control-allow-origin"], "https://desk.example");
  assertEquals(origins.corsHeaders(other), { vary: "Origin" });
  assertEquals(origins.corsHeaders(headers({ origin: "null" })), { vary: "Origin" });
  assertEquals(origins.preflightHeaders(other), { vary: "Origin" });
  const answer = origins.preflightHeaders(listed);
  assert(answer["access-control-allow-headers"].includes("authorization"));
  assertEquals(answer["access-control-allow-credentials"], undefined);
});

Deno.test("Origins: wildcards, paths and names that are none are refused at the start", () => {
  for (
    const origin of ["*", "null", "https://*.example", "https://desk.example/", "desk.example", "ftp://desk.example"]
  ) {
    assertThrows(() => new Origins({ port: 1, origins: [origin] }), RangeError, "write one in full");
  }
  for (const host of ["*", "http://lab.example", "lab.example:80", "", "::1"]) {
    assertThrows(() => new Origins({ port: 1, hosts: [host] }), RangeError, "no host's name");
  }
});

Deno.test("Origins.check: no text passes as host or origin but those that are allowed", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.webAuthority(),
    fc.constantFrom("localhost", "127.0.0.1", "[::1]", ":8787", "evil", ".", "@", ",").chain((part) =>
      fc.array(fc.constantFrom("localhost", "[::1]", ":8787", ".evil.example", ".", "@", ",", part), { maxLength: 4 })
        .map((parts) => parts.join(""))
    ),
  );
  const allowed = /^(localhost\.?|127\.0\.0\.1\.?|\[[0:]*1\]):0?8787$/i;
  fc.assert(fc.property(text, (host) => {
    if (passes({ host })) assert(allowed.test(host), JSON.stringify(host));
  }));
});
