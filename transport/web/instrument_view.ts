import type { Client, Update, UpdateData } from "../client/mod.ts";
import { Chart } from "./chart.ts";
import type { Send } from "./controls.ts";
import { make } from "./dom.ts";
import { type Instrument, priceText, sizeText, timeText } from "./format.ts";
import { Ladder } from "./ladder.ts";
import { NewestList, RowTable } from "./lists.ts";
import { Ticket } from "./ticket.ts";

/** The most books and prices a second that the page asks for: more nobody sees. */
const RATE = 20;

type OrderData = UpdateData<"orders">;
type Trade = UpdateData<"trades"> & { readonly time: bigint };

/** States in which an order is over. */
const OVER: ReadonlySet<string> = new Set(["Filled", "Cancelled", "Rejected", "Expired"]);

/** What concerns one instrument: book, price, trades, our orders, and the ticket for more. */
export class InstrumentView {
  readonly ladder: Ladder;
  readonly price: Chart;
  readonly trades: NewestList<Trade>;
  readonly orders: RowTable<OrderData>;
  readonly ticket: Ticket;
  readonly #open = new Map<number, OrderData>();
  readonly #stops: (() => void)[] = [];

  constructor(client: Client, instrument: Instrument, send: Send, can: ReadonlySet<string>) {
    const { symbol } = instrument;
    this.ladder = new Ladder(instrument);
    this.price = new Chart(`Price of ${symbol}, with our fills`, "--text");
    this.trades = new NewestList<Trade>(
      "Trades",
      "None so far.",
      30,
      ({ price, size, side, time }) =>
        make("div", { class: side === null ? "" : `${side}-text` }, [
          `${timeText(time)}  ${priceText(instrument, price)}  ${sizeText(instrument, size)}`,
        ]),
    );
    this.orders = new RowTable<OrderData>("Open orders", "None.", ["Order", "Price", "Left", "State", ""], (order) => [
      make("span", { class: `${order.side}-text`, text: `${order.order} ${order.side}` }),
      priceText(instrument, order.price),
      sizeText(instrument, order.size - order.filled),
      order.state,
      can.has("cancel")
        ? make("button", {
          type: "button",
          text: "Cancel",
          "aria-label": `Cancel order ${order.order}`,
          on: { click: () => void send({ kind: "cancel", order: order.order }) },
        })
        : "",
    ]);
    this.ticket = new Ticket(instrument, send, can.has("submit"));
    this.#listen(client, symbol, Number(instrument.tick));
  }

  /** Ends what it listens to. */
  close(): void {
    for (const stop of this.#stops) stop();
  }

  #listen(client: Client, symbol: string, tick: number): void {
    this.#stops.push(
      client.listen("book", symbol, () => {
        const book = client.bookNow(symbol);
        if (book) this.ladder.book({ bids: book.bids(10), asks: book.asks(10) });
      }, { rateMax: RATE, depth: 10 }),
      client.listen("bbo", symbol, ({ data: { bid, ask }, timestamp }) => {
        if (bid !== null && ask !== null) this.price.add(timestamp, ((bid + ask) / 2) * tick);
      }, { rateMax: RATE }),
      client.listen("bars", symbol, ({ data, timestamp }) => this.price.add(timestamp, data.close * tick)),
      client.listen("trades", symbol, ({ data, timestamp }) => this.trades.add({ ...data, time: timestamp })),
      client.listen("fills", symbol, ({ data, timestamp }) => this.price.mark(timestamp, data.price * tick, data.side)),
      client.listen("orders", symbol, (update) => this.#order(update)),
    );
  }

  #order(update: Update<"orders">): void {
    if (update.type === "snapshot") {
      this.#open.clear();
      for (const order of update.data.orders) this.#open.set(order.order, order);
    } else if (OVER.has(update.data.state)) this.#open.delete(update.data.order);
    else this.#open.set(update.data.order, update.data);
    const open = [...this.#open.values()], own = new Map<number, number>();
    for (const { price, size, filled } of open) {
      if (price !== null) own.set(price, (own.get(price) ?? 0) + size - filled);
    }
    this.orders.show(open);
    this.ladder.own(own);
  }
}
