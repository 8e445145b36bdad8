import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { addressKey, canonicalIpv6, clientAddress, isLoopback } from "./addresses.ts";

Deno.test("isLoopback: what reaches this machine alone", () => {
  for (
    const address of ["127.0.0.1", "127.255.0.9", "::1", "[::1]", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "localhost"]
  ) {
    assert(isLoopback(address), address);
  }
  const others = [
    "0.0.0.0",
    "::",
    "10.0.0.1",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "127.1",
    "0x7f.0.0.1",
  ];
  for (const address of [...others, "", "::ffff:10.0.0.1", "1::1", "::1::", "2130706433"]) {
    assert(!isLoopback(address), address);
  }
});

Deno.test("addressKey: one for each IPv4 address, and for 64 bits of IPv6", () => {
  assertEquals(addressKey("10.0.0.1"), "10.0.0.1");
  assertEquals(addressKey("::ffff:10.0.0.1"), "10.0.0.1");
  assertEquals(addressKey("::ffff:a00:1"), "10.0.0.1");
  assertEquals(addressKey("2001:DB8:0:1:aaaa::1"), addressKey("2001:db8::1:ffff:0:0:2"));
  assert(addressKey("2001:db8:0:1::1") !== addressKey("2001:db8:0:2::1"));
  assertEquals(addressKey("fe80::1%eth0"), "fe80:0:0:0::/64");
  assertEquals(addressKey("garbage"), addressKey("other garbage"));
});

Deno.test("canonicalIpv6: however it is written", () => {
  const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
  fc.assert(fc.property(groups, fc.nat(7), fc.nat(8), (all, from, length) => {
    const text = all.map((group) => group.toString(16));
    const canonical = text.join(":");
    assertEquals(canonicalIpv6(text.map((group) => group.padStart(4, "0").toUpperCase()).join(":")), canonical);
    const zeros = all.map((group, i) => i >= from && i < from + length ? 0 : group);
    if (length === 0) return;
    const short = `${text.slice(0, from).join(":")}::${text.slice(from + length).join(":")}`;
    assertEquals(canonicalIpv6(short), zeros.map((group) => group.toString(16)).join(":"));
  }));
  for (
    const text of [
      "",
      ":",
      ":::",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "1::2::3",
      "g::",
      "::1.2.3",
      "::1.2.3.256",
      "1:2:3:4:5:6:7:8::",
    ]
  ) {
    assertEquals(canonicalIpv6(text), undefined, text);
  }
});

Deno.test("clientAddress: only a trusted proxy is believed, and only about its own neighbour", () => {
  assertEquals(clientAddress("9.9.9.9", "1.1.1.1", []), "9.9.9.9");
  assertEquals(clientAddress("9.9.9.9", "1.1.1.1", ["10.0.0.1"]), "9.9.9.9");
  assertEquals(clientAddress("10.0.0.1", "1.1.1.1", ["10.0.0.1"]), "1.1.1.1");
  // Written by the client in front of what the proxy added.
  assertEquals(clientAddress("10.0.0.1", "6.6.6.6, 1.1.1.1", ["10.0.0.1"]), "1.1.1.1");
  assertEquals(clientAddress("::ffff:10.0.0.1", "1.1.1.1, 10.0.0.2", ["10.0.0.1", "10.0.0.2"]), "1.1.1.1");
  assertEquals(clientAddress("10.0.0.1", null, ["10.0.0.1"]), "10.0.0.1");
});
