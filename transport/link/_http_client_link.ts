import type { CodecName } from "../protocol/codec.ts";
import { type ErrorName, ERRORS, ProtocolError } from "../protocol/errors.ts";
import type { Link } from "./link.ts";
import { type Ending, Endpoint, type LinkLimits } from "./_endpoint.ts";
import { codeOfFault, endingIn, eventOfClose, eventOfFrame, FrameEvents } from "./_frame_events.ts";
import { LINK_HEADER, POST_HEADER } from "./http_headers.ts";

/** How a link over HTTP is opened. */
export interface HttpDialOptions extends LinkLimits {
  /** What frames are encoded with. */
  readonly codec: CodecName;
  /** Sent in the Authorization header. */
  readonly token?: string;
  /** How long opening may take; 10,000 ms. */
  readonly timeoutMs?: number;
  /** Gives the attempt up. */
  readonly signal?: AbortSignal;
  /** What requests are made with; the platform's own. */
  readonly fetch?: typeof fetch;
}

/**
 * Opens a link over HTTP. Rejects with a `ProtocolError`: the server's own, or LINK_LOST where nothing answers, and where a stream is
 * held back on its way.
 */
export async function dialHttp(carrier: "sse" | "polling", url: string | URL, options: HttpDialOptions): Promise<Link> {
  const { codec, token, timeoutMs = 10_000, fetch: ask = fetch, signal } = options;
  const asked = new URL(url, globalThis.location?.href);
  const address = asked.origin + asked.pathname;
  asked.searchParams.set("codec", codec);
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), timeoutMs);
  const signals = signal ? [giveUp.signal, signal] : [giveUp.signal];
  try {
    const headers = token === undefined ? undefined : { authorization: `Bearer ${token}` };
    const answer = await ask(asked, { method: "POST", headers, signal: AbortSignal.any(signals) });
    const said: unknown = await answer.json();
    const opened = openedIn(said);
    if (!opened) throw refusedBy(said, address);
    const link = new HttpClientLink(carrier, address, opened, { ...options, fetch: ask });
    if (carrier === "sse") await link.flowing(AbortSignal.any(signals));
    return link;
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    throw new ProtocolError("LINK_LOST", `Cannot dial ${address}: nothing answered as it should`);
  } finally {
    clearTimeout(timer);
  }
}

/** What the server says of a link that it made. */
interface Opened {
  readonly link: string;
  readonly postBytesMax: number;
}

function openedIn(said: unknown): Opened | undefined {
  if (typeof said !== "object" || said === null || !("link" in said) || !("postBytesMax" in said)) return undefined;
  const { link, postBytesMax } = said;
  return typeof link === "string" && typeof postBytesMax === "number" ? { link, postBytesMax } : undefined;
}

function refusedBy(said: unknown, address: string): ProtocolError {
  const ending = endingIn(said);
  const name = (Object.keys(ERRORS) as ErrorName[]).find((one) => ERRORS[one][0] === ending?.code) ?? "LINK_LOST";
  return new ProtocolError(name, `Cannot dial ${address}: ${ending?.reason ?? "the answer is none of ours"}`);
}

/** How long a post that was refused waits for the reader to say why the link ended. */
const REASON_MS = 1000;

/** The client's end of a link over HTTP: one request takes what comes, one at a time brings what goes. */
class HttpClientLink extends Endpoint implements Link {
  readonly #url: string;
  readonly #opened: Opened;
  readonly #text: boolean;
  readonly #fetch: typeof fetch;
  readonly #stop = new AbortController();
  /** Whether something has come, told once it has or never will. */
  readonly #flows = Promise.withResolvers<boolean>();
  #waiting: Uint8Array[] = [];
  #bytes = 0;
  #posts = 0;
  #posting = false;
  #mine: Ending | undefined;
  #failure: Ending | undefined;
  #reasonTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    carrier: "sse" | "polling",
    url: string,
    opened: Opened,
    options: LinkLimits & { readonly codec: CodecName; readonly fetch: typeof fetch },
  ) {
    super(carrier, url, options);
    this.#url = url;
    this.#opened = opened;
    this.#text = options.codec === "json";
    const { fetch } = options;
    // Browsers call theirs by itself alone, not as another object's.
    this.#fetch = (...request) => fetch(...request);
    void this.#read();
  }

  get buffered(): number {
    return this.#bytes;
  }

  /** Resolves when what the server sends at once has come; else, or when the signal says so, ends the link and rejects. */
  async flowing(signal: AbortSignal): Promise<void> {
    const giveUp = () => this.#flows.resolve(false);
    signal.addEventListener("abort", giveUp);
    if (signal.aborted) giveUp();
    const flows = await this.#flows.promise;
    signal.removeEventListener("abort", giveUp);
    if (flows) return;
    this.terminate();
    throw new ProtocolError("LINK_LOST", `Cannot dial ${this.#url}: what the server sends is held back on its way`);
  }

  protected override transmit(frame: Uint8Array): void {
    this.#push(eventOfFrame(frame, this.#text));
  }

  protected override finish(code: number, reason: string): void {
    this.#mine = { code, reason };
    this.#push(eventOfClose(code, reason));
  }

  protected override abort(): void {
    this.#free();
  }

  protected override end(code: number, reason: string): void {
    this.#free();
    super.end(code, reason);
  }

  #push(event: Uint8Array): void {
    this.#waiting.push(event);
    this.#bytes += event.length;
    if (this.#posting) return;
    this.#posting = true;
    // All frames of a turn go in one post.
    queueMicrotask(() => void this.#post());
  }

  /** Brings what waits, one post after the other. */
  async #post(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#failure) {
      const { body, count } = batchOf(this.#waiting, this.#opened.postBytesMax);
      this.#waiting.splice(0, count);
      const failure = await this.#request(body);
      this.#bytes = Math.max(0, this.#bytes - body.length);
      if (failure) this.#fail(failure);
    }
    this.#posting = false;
    if (this.#mine && !this.#failure) this.end(this.#mine.code, this.#mine.reason);
  }

  async #request(
    body: Uint8Array<ArrayBuffer>,
  ): Promise<Ending | undefined> {
    const headers = {
      "content-type": "text/event-stream",
      [LINK_HEADER]: this.#opened.link,
      [POST_HEADER]: String(this.#posts++),
    };
    try {
      const answer = await this.#fetch(this.#url, { method: "POST", headers, body, signal: this.#stop.signal });
      if (answer.status === 204) return void await answer.body?.cancel();
      return endingIn(await answer.json()) ?? { code: ERRORS.LINK_LOST[0], reason: `status ${answer.status}` };
    } catch {
      return { code: ERRORS.LINK_LOST[0], reason: "a post did not arrive" };
    }
  }

  /** The reader may be about to hear why: it has a moment before the link ends with what the post was told. */
  #fail(failure: Ending): void {
    this.#failure = failure;
    if (this.#stop.signal.aborted) return;
    if (this.#mine) return this.end(this.#mine.code, this.#mine.reason);
    this.#reasonTimer = setTimeout(() => this.end(failure.code, failure.reason), REASON_MS);
  }

  /** Takes what comes: one answer that goes on, or one after the other. */
  async #read(): Promise<void> {
    const events = new FrameEvents(this.frameBytesMax, this.#text);
    do {
      try {
        const headers = { [LINK_HEADER]: this.#opened.link };
        const answer = await this.#fetch(this.#url, { headers, signal: this.#stop.signal });
        if (answer.status !== 200) {
          const said = endingIn(await answer.json());
          return this.#lost(said?.code ?? ERRORS.LINK_LOST[0], said?.reason ?? `status ${answer.status}`);
        }
        for await (const chunk of answer.body ?? []) {
          this.#flows.resolve(true);
          for (const event of events.push(chunk)) {
            if (event.kind === "close") return this.#lost(event.code, event.reason, true);
            this.receive(event.frame);
          }
        }
      } catch (error) {
        if (error instanceof ProtocolError) return this.close(codeOfFault(error), error.message);
        return this.#lost(ERRORS.LINK_LOST[0], "the server went away");
      }
    } while (this.carrier === "polling" && !this.#stop.signal.aborted);
    this.#lost(ERRORS.LINK_LOST[0], "the server went away");
  }

  /** Nothing comes any more. Whoever closed first has said why. */
  #lost(code: number, reason: string, said = false): void {
    if (this.#mine && this.#posting && !said) return;
    const ending = this.#mine ?? (said ? { code, reason } : this.#failure ?? { code, reason });
    this.end(ending.code, ending.reason);
  }

  #free(): void {
    this.#flows.resolve(false);
    clearTimeout(this.#reasonTimer);
    this.#waiting = [];
    this.#bytes = 0;
    this.#stop.abort();
  }
}

/** As many events as one post may have, at least one. */
function batchOf(events: readonly Uint8Array[], most: number): { body: Uint8Array<ArrayBuffer>; count: number } {
  let count = 0;
  let bytes = 0;
  while (count < events.length && (count === 0 || bytes + events[count].length <= most)) {
    bytes += events[count++].length;
  }
  const body = new Uint8Array(bytes);
  let at = 0;
  for (let i = 0; i < count; i++) {
    body.set(events[i], at);
    at += events[i].length;
  }
  return { body, count };
}
