import { rig } from "../core/_rig.ts";
import { BUY } from "../core/event.ts";
import { Rng } from "../core/rng.ts";
import type { Session } from "../core/session.ts";
import type { OpeningPosition } from "../core/session_options.ts";
import { madeTape } from "../feed/_made_tape.ts";
import { feeModel, parseFees } from "../venue/fees.ts";
import { ToldFees } from "../venue/told_fees.ts";
import { FakeTimers } from "./_fake_timers.ts";
import { MadeExchange } from "./_made_exchange.ts";
import type { HaltCause, LiveEvent } from "./live_event.ts";
import type { LiveTools } from "./live_tools.ts";
import type { Network } from "./network.ts";
import { OrderBooks } from "./order_books.ts";
import { OrderDesk } from "./order_desk.ts";
import { OrderLog } from "./order_log.ts";
import { OrderWatch } from "./order_watch.ts";

const START = 1_700_000_000_000_000_000n;
/** None: what is tested asks nothing of it. */
export const NO_NETWORK: Network = {
  socket: () => {
    throw new Error("there is none");
  },
  request: () => Promise.reject(new Error("there is none")),
};

/** What a world is made of. */
export interface WorldOptions {
  /** The run's name. */
  readonly run?: string;
  /** A world whose program died: its exchange, its time and its log go on. */
  readonly before?: DeskWorld;
  readonly opening?: OpeningPosition;
}

/** A session whose orders go over a desk to a made exchange, in time that only goes on when told. */
export class DeskWorld {
  readonly timers: FakeTimers;
  readonly exchange: MadeExchange;
  readonly session: Session;
  readonly desk: OrderDesk;
  readonly watch: OrderWatch;
  readonly tools: LiveTools;
  readonly events: LiveEvent[] = [];
  /** What was written to the log, by this run and those before. */
  log = "";
  readonly halts: HaltCause[] = [];
  /** Throws in place of writing. */
  full: Error | undefined;

  constructor(seed: number, { run = "one", before, opening }: WorldOptions = {}) {
    const timers = this.timers = before?.timers ?? new FakeTimers();
    const wall = () => START + BigInt(Math.round(timers.now() * 1e6)), rng = new Rng(seed);
    this.tools = { network: NO_NETWORK, timers, wall, random: () => rng.float(), tell: (e) => this.events.push(e) };
    this.exchange = before?.exchange ?? new MadeExchange(timers, rng.child("exchange"), wall);
    this.log = before?.log ?? "";
    const tape = madeTape([{ exchange: START, local: START, side: BUY, price: 99, size: 1000 }]);
    const session = this.session = rig({
      fees: (valuation) => new ToldFees(feeModel(parseFees("none"), valuation), valuation),
      tapes: { A: Object.assign(tape, { cut: true }) },
      ...(opening ? { opening: { A: opening } } : {}),
      away: {
        submit: (slot) => this.desk.submit(slot),
        cancel: (slot) => this.desk.cancel(slot),
        amend: (slot, price, size) => this.desk.amend(slot, price, size),
      },
    });
    this.desk = new OrderDesk({
      entry: this.exchange.entry(),
      run,
      instruments: session.context.instruments,
      orders: session.core.orders,
      position: (instrument) => session.core.position(instrument),
      log: new OrderLog({
        line: (text) => {
          if (this.full) throw this.full;
          this.log += `${text}\n`;
        },
      }),
      tools: {
        network: NO_NETWORK,
        timers: this.timers,
        wall,
        random: () => rng.float(),
        tell: (e) => this.events.push(e),
      },
      busy: () => session.core.moving,
      report: (report) => {
        this.#move();
        session.report(report);
        this.#move();
      },
      halt: (cause) => this.halts.push(cause),
      missed: () => this.watch.look(),
    });
    this.watch = new OrderWatch({
      entry: this.exchange.entry(),
      instruments: session.context.instruments,
      tools: this.tools,
      baseline: { A: "0" },
      watched: {
        compareOpen: (symbol, open) => this.desk.compareOpen(symbol, open),
        fills: (fills) => this.desk.fills(fills),
        funding: (payments) => this.desk.funding(payments),
        position: (instrument) => session.core.position(instrument),
        keptFees: (instrument) => this.desk.keptFees(instrument),
        halt: (cause) => this.halts.push(cause),
      },
    });
    this.exchange.listener = this.desk;
    session.late!.until = 0;
    session.start();
    this.#move();
  }

  /** Books made of what was written. */
  get books(): OrderBooks {
    return OrderBooks.read(this.log);
  }

  /** Names of the orders that the session has open. */
  get open(): string[] {
    const { orders } = this.session.core;
    return [...this.desk.working.values()].filter(({ id }) => orders.slotOf(id) >= 0).map(({ clientId }) => clientId);
  }

  /** Commands the session; returns the order's id, or a code below 0. */
  command(kind: string, fields: Readonly<Record<string, unknown>>): number {
    this.#move();
    const { code, order } = this.session.command({ kind, ...fields });
    this.#move();
    this.desk.drain();
    return code === 0 ? order : -code;
  }

  /** The program dies: nothing of it acts any more, whatever is on its way arrives. */
  die(): void {
    this.exchange.listener = undefined;
    this.desk.close();
    this.watch.close();
  }

  /** Time passes. */
  async pass(ms: number): Promise<void> {
    await this.timers.advance(ms);
    this.#move();
    this.desk.drain();
  }

  #move(): void {
    const { session } = this;
    session.late!.until = session.core.clock.fromEpochNs(START + BigInt(Math.round(this.timers.now() * 1e6)));
    while (session.step());
  }
}

/** So many things at random moments: orders, cancels and amends, fills, and streams that are cut, by a network that is not to be trusted. */
export async function trade(world: DeskWorld, rng: Rng, things: number): Promise<void> {
  const { exchange, desk } = world, ids: number[] = [];
  exchange.faults = {
    lostRequest: rng.float() * 0.2,
    lostReport: rng.float() * 0.3,
    twice: rng.float() * 0.3,
    noAnswer: rng.float() * 0.5,
    delayMs: 1 + rng.int(800),
  };
  for (let i = 0; i < things; i++) {
    const what = rng.int(10),
      order = ids[rng.int(Math.max(1, ids.length))],
      price = 80 + rng.int(20),
      { open } = exchange;
    if (what < 4) ids.push(world.command("submit", { side: rng.int(2) ? "buy" : "sell", size: 1 + rng.int(9), price }));
    else if (what < 6 && order > 0) world.command("cancel", { order });
    else if (what < 7 && order > 0) world.command("amend", { order, price, size: 1 + rng.int(12) });
    else if (open.length > 0) exchange.fill(open[rng.int(open.length)], String(1 + rng.int(4)));
    if (rng.int(25) === 0) desk.gap();
    await world.pass(rng.int(400));
  }
}
