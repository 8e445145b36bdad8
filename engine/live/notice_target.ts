import type { HttpRequest, HttpResponse } from "./network.ts";
import { type Notice, noticeLine } from "./notice.ts";

/** Notices that leave together, and how many before them were left out. */
export interface NoticeBatch {
  /** What they are about, for whoever hears of several runs. */
  readonly run: string;
  readonly notices: readonly Notice[];
  readonly leftOut: number;
}

/** Where notices go, and how they are put there. */
export interface NoticeTarget {
  /** For people, without a secret. */
  readonly name: string;
  /** Between two posts, in ms. */
  readonly everyMs: number;
  request(batch: NoticeBatch): HttpRequest;
  /** How long it asks to be left alone in what it answered, in ms; undefined where it does not say. */
  retryMs(response: HttpResponse): number | undefined;
  /** A text without the secrets of its address. */
  redact(text: string): string;
}

const JSON_HEADERS = { "content-type": "application/json" };
/** What Telegram takes in one message, in characters. */
const TEXT_MAX = 4096;

/**
 * Posts to an address of one's own, as JSON: `{ "source": "lockstep", "run", "text", "leftOut", "notices": [...] }`, where `text` has a line for
 * each, which is what several chat programs show. All of the address but its host is held for a secret.
 *
 * Throws RangeError for what is no address.
 *
 * @example
 * ```ts
 * import { webhook } from "./notice_target.ts";
 * const { request, name, redact } = webhook("https://chat.example/hooks/a1b2c3");
 * const { body } = request({ run: "out/a-1", leftOut: 0, notices: [] });
 * if (JSON.parse(body!).source !== "lockstep" || name !== "webhook chat.example") throw new Error("unexpected");
 * if (redact("Cannot ask https://chat.example/hooks/a1b2c3").includes("a1b2c3")) throw new Error("unexpected");
 * ```
 */
export function webhook(address: string): NoticeTarget {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new RangeError("Cannot post alerts: what was given is no address; write it as https://chat.example/hooks/…");
  }
  return {
    name: `webhook ${url.host}`,
    everyMs: 1000,
    request: ({ run, notices, leftOut }) => ({
      method: "POST",
      url: url.href,
      headers: JSON_HEADERS,
      body: JSON.stringify({ source: "lockstep", run, text: lines(notices, leftOut).join("\n"), leftOut, notices }),
    }),
    retryMs: ({ headers }) => secondsOf(headers["retry-after"]),
    redact: (text) =>
      hide(text, [
        address,
        url.href,
        bare(address),
        bare(url.href),
        url.pathname,
        url.search,
        url.username,
        url.password,
      ]),
  };
}

/**
 * Posts to a chat of Telegram as one of its bots: `sendMessage` of the Bot API. Telegram takes 20 messages a minute into a group.
 *
 * Throws RangeError for a token or a chat that are none; never says what the token is.
 */
export function telegram(
  { token, chat, api = "https://api.telegram.org" }: {
    readonly token: string;
    /** A number, or "@channel". */
    readonly chat: string;
    /** Another server of the Bot API. */
    readonly api?: string;
  },
): NoticeTarget {
  if (!/^\d+:[\w-]+$/.test(token)) {
    throw new RangeError(
      "Cannot post to Telegram: the bot's token is none; it is written as 123456:ABC…, as BotFather gives it",
    );
  }
  if (!/^(-?\d+|@\w+)$/.test(chat)) {
    throw new RangeError(`Cannot post to Telegram: ${chat} is no chat; give its number, or @channel`);
  }
  return {
    name: `Telegram chat ${chat}`,
    everyMs: 3000,
    request: ({ run, notices, leftOut }) => ({
      method: "POST",
      url: `${api}/bot${token}/sendMessage`,
      headers: JSON_HEADERS,
      body: JSON.stringify({ chat_id: chat, text: fitting([`${run}:`, ...lines(notices, leftOut)]) }),
    }),
    retryMs: ({ headers, text }) => secondsOf(retryAfter(text) ?? headers["retry-after"]),
    redact: (text) => hide(text, [token]),
  };
}

function lines(notices: readonly Notice[], leftOut: number): string[] {
  return [...leftOut > 0 ? [`(${leftOut} before these were left out)`] : [], ...notices.map(noticeLine)];
}

/** As much as goes into one message. */
function fitting(all: readonly string[]): string {
  const text = all.join("\n");
  return text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX - 1)}…`;
}

/** `parameters.retry_after` of an answer of Telegram. */
function retryAfter(text: string): unknown {
  try {
    const { parameters } = JSON.parse(text) as { parameters?: { retry_after?: unknown } };
    return parameters?.retry_after;
  } catch {
    return undefined;
  }
}

function secondsOf(value: unknown): number | undefined {
  const seconds = Number(value ?? NaN);
  return seconds >= 0 ? seconds * 1000 : undefined;
}

function bare(address: string): string {
  return address.replace(/\?.*$/s, "");
}

/** The longest first: what is left of one must not hide another. */
function hide(text: string, secrets: readonly string[]): string {
  return secrets.filter((each) => each.length > 1).sort((one, other) => other.length - one.length)
    .reduce((rest, each) => rest.replaceAll(each, "[secret]"), text);
}
