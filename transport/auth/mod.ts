/**
 * Who may come in, and what they may do: tokens, scopes, origins, limits, and a log of who did what.
 *
 * Put together once, when a server starts:
 *
 * 1. `makeAccess(tokenOptions, exposure)` gives `Tokens`: of the issuers in the configuration, or, on loopback, of one token made
 *    for this start, which `startUrl` puts into the fragment of the page's address for the start line. It refuses what would not be
 *    safe. `readTls` reads certificate and key.
 * 2. `new Origins({ port, hosts, origins, tls })`, `new RateLimits({ now })`, `new ConnectionLimits()`, `new Revocations()` (given to
 *    the tokens), `new Audit({ sink: new AuditFile({ path }) })`.
 * 3. `new Door({ tokens, origins, rates, ... })` is what each request meets.
 *
 * transport/host/doorway.ts does so for links. Then, as somebody comes:
 *
 * - Links: `const callers = new Callers({ door })`; its `check` goes to each carrier (`acceptWebSockets`, SSE, polling), and
 *   `authenticate: ({ token }) => callers.authenticate(caller, token)` to `greet`. Routes: `door.request(knock)`, with
 *   `problemResponse` for what it throws. `ConnectionLimits.enter(address)` as somebody comes, `prove(name)` when they are known.
 * - Subscriptions: `door.permit(principal, channelNeed(channel, symbol, session))`; for "*" by one who has some instruments only,
 *   `allowedSymbols`. Commands: `commandNeed`. Routes of the server: `serverNeed`.
 * - Messages: `new LimitedLink(link, rates, source)` counts frames and bytes before they are decoded; `user` is set when it is known.
 *   `rates.tighten(hub.load)` now and then.
 * - Time: whoever keeps a connection closes it at `principal.expires`, and when `revocations.onRevoke` says so; `door.refresh` puts
 *   both off.
 * - Uploads: `Uploads` keeps quotas and makes names, `inflated` unpacks with bounds. Pages: `pageHeaders`.
 *
 * What a message may hold (nesting, keys, prototype keys) is counted by the codecs in transport/protocol, before parsing.
 *
 * @module
 */
export { Callers, type CallersOptions } from "./callers.ts";
export { addressKey, clientAddress, isLoopback } from "./addresses.ts";
export { Audit, auditBreak, type AuditEvent, type AuditOptions, type AuditOutcome, type AuditSink } from "./audit.ts";
export { AuditFile, type AuditFileOptions } from "./audit_file.ts";
export { type ConnectionCounts, ConnectionLimits, type OpenConnection } from "./connection_limits.ts";
export { Door, type DoorOptions, type Knock } from "./door.ts";
export { checkExposure, exposedScopes, type Exposure } from "./exposure.ts";
export { inflated, type InflationLimits, type PackedFormat } from "./inflation.ts";
export type { KeySetSource, PublicAlgorithm } from "./key_set.ts";
export { channelNeed, COMMAND_NEEDS, commandNeed, type CommandPlace, serverNeed } from "./needs.ts";
export { LimitedLink } from "./limited_link.ts";
export { type OriginOptions, Origins, type RequestHeaders } from "./origins.ts";
export { pageHeaders } from "./page_headers.ts";
export { isSamePerson, personOf, type Principal } from "./principal.ts";
export { DEFAULT_RATES, type RateKind, RateLimits, type Rates, type Source } from "./rate_limit.ts";
export { RevocationFile } from "./revocation_file.ts";
export { type Revocation, Revocations } from "./revocations.ts";
export { type Action, allowedSymbols, allows, type Need, parseScope } from "./scopes.ts";
export { type Access, makeAccess, START_ISSUER, startUrl } from "./start_token.ts";
export { readTls, type TlsFiles, type TlsSettings } from "./tls.ts";
export { type Rate, TokenBucket } from "./token_bucket.ts";
export { BucketTable } from "./bucket_table.ts";
export { tokenFrom } from "./token_from.ts";
export { type KeyIssuer, type SecretIssuer, type TokenOptions, type TokenRequest, Tokens } from "./tokens.ts";
export { DEFAULT_UPLOAD_LIMITS, type Upload, type UploadLimits, Uploads } from "./uploads.ts";
