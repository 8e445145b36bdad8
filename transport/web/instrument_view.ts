import type { Client, ServerHello, Update, UpdateData } from "../client/mod.ts";
import { Chart } from "./chart.ts";

import { button, make } from "./dom.ts";
import { FigurePanel } from "./figures.ts";
import { type Instrument, momentText, priceText, sizeText } from "./format.ts";
import { Ladder } from "./ladder.ts";
import { NewestList, RowTable } from "./lists.ts";
import { follow } from "./past.ts";
import { type PositionData, positionFigures } from "./position_figures.ts";
import type { Session } from "./session.ts";
import { Ticket } from "./ticket.ts";

/** The most books and prices a second that the page asks for: more nobody sees. */
const RATE = 20;
/** Messages of each channel's past. */
const PAST = 4000;

type OrderData = UpdateData<"orders">;
type Trade = UpdateData<"trades"> & { readonly time: bigint };
type Fill = UpdateData<"fills"> & { readonly time: bigint };

/** States in which an order is over. */
const OVER: ReadonlySet<string> = new Set(["Filled", "Cancelled", "Rejected", "Expired"]);

/** What concerns one instrument: book, price, trades, position, our orders and fills, and the ticket for more. */
export class InstrumentView {
  readonly ladder: Ladder;
  readonly price: Chart;
  readonly position: FigurePanel<PositionData>;
  readonly trades: NewestList<Trade>;
  readonly fills: NewestList<Fill>;
  readonly orders: RowTable<OrderData>;
  readonly ticket: Ticket;
  readonly #instrument: Instrument;
  readonly #open = new Map<number, OrderData>();
  readonly #stops: (() => void)[] = [];
  /** Time of the first quote that we know. */
  #quotedSince: bigint | undefined;

  constructor({ client, send, hello, can }: Session, instrument: ServerHello["instruments"][number]) {
    const { symbol } = instrument, text = (ticks: number) => priceText(instrument, ticks);
    this.#instrument = instrument;
    this.ladder = new Ladder(instrument);
    this.price = new Chart({
      title: `Price of ${symbol}, with our fills`,
      color: "--text",
      // Middles of a book lie between ticks.
      text: (value) => priceText(instrument, value / Number(instrument.tick), 1),
    });
    this.position = new FigurePanel(`Position in ${symbol}`, positionFigures(instrument));
    this.trades = new NewestList<Trade>({
      title: "Trades",
      empty: "None so far.",
      most: 30,
      mark: ({ side }) => side === null ? "cells" : `cells ${side}-text`,
      line: ({ price, size, time }) => [momentText(time), text(price), sizeText(instrument, size)],
    });
    this.fills = new NewestList<Fill>({
      title: "Our fills",
      empty: "None so far.",
      most: 30,
      mark: ({ side }) => `cells ${side}-text`,
      line: ({ price, size, side, order, maker, time }) => [
        momentText(time),
        `${order} ${side}`,
        text(price),
        sizeText(instrument, size),
        maker ? "maker" : "taker",
      ],
    });
    this.orders = new RowTable<OrderData>("Open orders", "None.", ["Order", "Price", "Left", "State", ""], (order) => [
      make("span", { class: `${order.side}-text`, text: `${order.order} ${order.side}` }),
      order.price === null ? "market" : text(order.price),
      sizeText(instrument, order.size - order.filled),
      order.state,
      can("cancel", symbol)
        ? button("Cancel", () => void send({ kind: "cancel", order: order.order }), {
          "aria-label": `Cancel order ${order.order}`,
        })
        : "",
    ]);
    const lack = hello.commands.includes("submit") ? "This token may send no orders." : "This session takes no orders.";
    const barred = can("submit", symbol) ? undefined : lack;
    this.ticket = new Ticket(instrument, { send, barred, live: hello.live });
    this.#listen(client, Number(instrument.tick));
  }

  /** The session is over: nothing more can be asked of it. */
  end(): void {
    this.ticket.bar("The session has ended.");
    this.orders.show([...this.#open.values()]);
  }

  /** Ends what it listens to. */
  close(): void {
    for (const stop of this.#stops) stop();
    this.price.close();
  }

  #listen(client: Client, tick: number): void {
    const { symbol } = this.#instrument;
    this.#stops.push(
      client.listen("book", symbol, () => {
        const book = client.bookNow(symbol);
        if (book) this.ladder.book({ bids: book.bids(10), asks: book.asks(10) });
      }, { rateMax: RATE, depth: 10 }),
      follow(
        client,
        { channel: "bbo", symbol, most: PAST, sparse: true, wishes: { rateMax: RATE } },
        ({ data, timestamp }) => {
          const { bid, ask } = data;
          if (bid === null || ask === null) return;
          this.#quotedSince ??= timestamp;
          this.price.add(timestamp, ((bid + ask) / 2) * tick);
        },
      ),
      client.listen("positions", symbol, ({ data }) => this.position.update(data), { rateMax: RATE }),
      client.listen("orders", symbol, (update) => this.#order(update)),
      follow(client, { channel: "bars", symbol, most: PAST, sparse: true }, ({ data, timestamp }) => {
        this.price.add(timestamp, data.close * tick);
        this.ladder.says("This tape has bars alone, no book.");
        this.trades.says("This tape has bars alone, no trades.");
      }),
      follow(client, { channel: "trades", symbol, most: PAST }, ({ data, timestamp, seq }) => {
        this.trades.add({ ...data, time: timestamp }, seq);
        // Before the first quote the trades tell of the price, and bounce between bid and ask.
        if (timestamp < (this.#quotedSince ?? timestamp + 1n)) this.price.add(timestamp, data.price * tick);
      }),
      follow(client, { channel: "fills", symbol, most: PAST }, ({ data, timestamp, seq }) => {
        this.fills.add({ ...data, time: timestamp }, seq);
        this.price.mark(timestamp, data.price * tick, data.side);
      }),
    );
  }

  #order(update: Update<"orders">): void {
    if (update.type === "snapshot") {
      this.#open.clear();
      for (const order of update.data.orders) this.#open.set(order.order, order);
    } else if (OVER.has(update.data.state)) this.#open.delete(update.data.order);
    else this.#open.set(update.data.order, update.data);
    const own = { bids: new Map<number, number>(), asks: new Map<number, number>() };
    for (const { side, price, size, filled } of this.#open.values()) {
      const there = side === "buy" ? own.bids : own.asks;
      if (price !== null) there.set(price, (there.get(price) ?? 0) + size - filled);
    }
    this.orders.show([...this.#open.values()]);
    this.ladder.own(own);
  }
}
