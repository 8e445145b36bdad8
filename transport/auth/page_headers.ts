/**
 * Headers of every page and answer: a page runs the server's own scripts and no others, none that a text makes (no eval, no
 * inline), speaks to the server alone and whom configuration names, stands in no other page's frame, and tells nobody where it
 * came from.
 *
 * Components style themselves by `adoptedStyleSheets` or a file: a `<style>` element is refused.
 *
 * `connect` is of other servers that the page may speak to, each exact: "wss://desk.example". Throws RangeError for one that is
 * none, so that nothing slips into the policy.
 *
 * @example
 * ```ts
 * import { pageHeaders } from "./page_headers.ts";
 * const policy = pageHeaders()["content-security-policy"];
 * if (!policy.includes("script-src 'self';") || policy.includes("unsafe")) throw new Error("unexpected");
 * ```
 */
export function pageHeaders(connect: readonly string[] = []): Record<string, string> {
  const wrong = connect.find((each) => !/^(https?|wss?):\/\/[\w.[\]:-]+$/.test(each));
  if (wrong !== undefined) {
    throw new RangeError(
      `Cannot let the page speak to ${wrong}: it is no origin; write one in full, as wss://desk.example`,
    );
  }
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src ${["'self'", ...connect].join(" ")}`,
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    // Texts become HTML nowhere: the browser itself refuses it.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ];
  return {
    "content-security-policy": policy.join("; "),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  };
}
