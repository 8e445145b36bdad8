/**
 * A session of a million rows that is made anywhere: tape and all come from one seed, and nothing from the machine.
 *
 * In a Worker it posts its {@linkcode Outcome}; in a page it shows it as the page's text.
 */
import { BUY, SELL } from "../engine/core/event.ts";
import { strategy } from "../engine/core/strategy.ts";
import { BytesSource } from "../engine/feed/byte_source.ts";
import { MemoryFile } from "../engine/feed/memory_file.ts";
import { TapeReader } from "../engine/feed/tape_reader.ts";
import { prepare } from "../engine/run/prepare.ts";
import { SessionLoop } from "../engine/run/session_loop.ts";
import { AGENT_INSTRUMENT, AgentMarket } from "../engine/agents/mod.ts";
import { RowTape } from "../engine/feed/tape_sinks.ts";

/** What the session came to. */
export interface Outcome {
  readonly digest: string;
  readonly rows: number;
  readonly orders: number;
  readonly fills: number;
}

/** Quotes about the middle at distances drawn by chance, and leans against its position. */
const maker = strategy({
  name: "chance_maker",
  about: "Quotes at distances drawn by chance.",
  params: {},
  create: () => ({
    onStart(ctx) {
      ctx.every("700ms");
    },
    onTimer(ctx) {
      const { bestBid, bestAsk } = ctx.book();
      if (bestBid === -Infinity || bestAsk === Infinity) return;
      ctx.cancelAll();
      const size = 1 + ctx.random.int(4), lean = Math.sign(ctx.position());
      ctx.submit({ side: BUY, price: bestBid - ctx.random.int(2) - (lean > 0 ? 1 : 0), size, postOnly: true });
      ctx.submit({ side: SELL, price: bestAsk + ctx.random.int(2) + (lean < 0 ? 1 : 0), size, postOnly: true });
    },
  }),
});

/** Makes the tape and runs the session. */
export function runSession(rows = 1_000_000): Outcome {
  const file = new MemoryFile("chance.arrow");
  const tape = new RowTape(file, "l2");
  new AgentMarket({ seed: 2024 }, { l2: tape }).advanceTo("l2", rows);
  // Its name by content is nothing that this test asks for, and would need a SHA-256.
  tape.finish({ instrument: AGENT_INSTRUMENT, command: "one digest" }, { update: () => {}, hex: () => "" });
  const reader = new TapeReader(new BytesSource(file.bytes, file.name));
  const { session } = prepare({
    strategy: maker,
    tape: reader,
    seed: 5,
    queue: "log",
    latency: "order=lognormal(15ms,0.6),cancel=lognormal(9ms,0.9),response=lognormal(4ms,0.3),feed=lognormal(3ms,0.5)",
    fees: "maker=0.0002,taker=0.0007",
    limits: { position: 60, messageRate: 50 },
  }, [reader]);
  const loop = new SessionLoop(session);
  while (loop.advance(10_000));
  if (loop.incomplete) throw loop.incomplete;
  const { digest, feeds, flow: { approved, trades } } = session.core;
  return { digest: digest.hex(), rows: feeds[0].rowsPassed, orders: approved[0], fills: trades[0] };
}

const place = globalThis as unknown as {
  readonly document?: { readonly body: { textContent: string } };
  readonly WorkerGlobalScope?: unknown;
  postMessage(message: unknown): void;
};
if (place.document) place.document.body.textContent = JSON.stringify(runSession());
else if (place.WorkerGlobalScope) place.postMessage(runSession());
