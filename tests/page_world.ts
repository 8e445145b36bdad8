/** A served session and its page in a browser, for page_cases.ts. */
import { assertEquals } from "@std/assert";
import { type Browser, chromium, type Page } from "playwright-core";
import type { BacktestOptions } from "../engine/run/prepare.ts";
import { oneSession } from "../transport/host/_one_session.ts";
import type { HostOptions } from "../transport/host/host_options.ts";
import type { HostedSession } from "../transport/host/hosted_session.ts";
import type { ServerOptions } from "../transport/host/server_options.ts";
import type { Server } from "../transport/host/server.ts";
import { findChromium } from "./chromium.ts";

const PHONE = { width: 390, height: 844 }, DESK = { width: 1280, height: 900 };

/** What a world is made of. */
export interface WorldOptions {
  readonly session?: Partial<BacktestOptions>;
  readonly host?: Partial<HostOptions>;
  readonly server?: Partial<ServerOptions>;
  readonly phone?: boolean;
  /** What the page's address ends with, in the place of the token. */
  readonly fragment?: string;
  /** Complaints of the browser that the case is about. */
  readonly expected?: RegExp;
}

/** A session, its server, and a page that shows it. */
export interface World {
  readonly server: Server;
  readonly session: HostedSession;
  readonly page: Page;
  /** The symbol of the first instrument. */
  readonly symbol: string;
  /** Text of an element, once it is there. */
  text(selector: string): Promise<string>;
}

let browser: Browser | undefined;

/** Starts the browser that all cases share. */
export async function startBrowser(): Promise<void> {
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
  browser = await chromium.launch({ executablePath: findChromium(), args });
}

/** Ends it. */
export async function endBrowser(): Promise<void> {
  await browser?.close();
}

/** Does `work` in a world, and then looks whether the browser complained: of errors, or of what the page's policy forbids. */
export async function world(options: WorldOptions, work: (world: World) => Promise<void>): Promise<void> {
  const context = await browser!.newContext({
    viewport: options.phone ? PHONE : DESK,
    // Certificates of tests sign themselves.
    ignoreHTTPSErrors: true,
  });
  const complaints: string[] = [];
  const inBrowser = async (server: Server, session: HostedSession) => {
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    const { fragment } = options;
    await page.goto(fragment === undefined ? server.pageUrl : `${server.url}/${fragment}`);
    const text = async (selector: string) => (await page.locator(selector).first().textContent()) ?? "";
    try {
      await work({ server, session, page, symbol: session.symbols[0], text });
    } finally {
      await context.close();
    }
  };
  await oneSession(inBrowser, {
    server: options.server,
    session: { cash: { USD: "10000" }, ...options.session },
    host: { paused: false, ...options.host },
  });
  assertEquals(complaints.filter((each) => !options.expected?.test(each)), []);
}

/** Waits until `look` gives what is wanted; the last look is compared, so that a failure shows it. */
export async function becomes<T>(look: () => T | Promise<T>, wanted: T, ms = 8000): Promise<void> {
  const until = performance.now() + ms;
  let seen = await look();
  while (performance.now() < until && JSON.stringify(seen) !== JSON.stringify(wanted)) {
    await new Promise((resolve) => setTimeout(resolve, 25));
    seen = await look();
  }
  assertEquals(seen, wanted);
}
