import { ERA } from "../../core/clock.ts";
import { Feed } from "../../core/feed.ts";
import { L2View } from "../../core/market_view.ts";
import { instrument } from "../../core/instrument.ts";
import { fullName } from "../../core/instrument_names.ts";
import type { Session } from "../../core/session.ts";
import type { VenueReport } from "../../core/venue_report.ts";
import { BatchCache } from "../../feed/batch_cache.ts";
import type { TapeReader } from "../../feed/tape_reader.ts";
import { CANCEL_DONE, EVENT_NAMES, FILL, REJECT, REPLACE_DONE, REQUEST_REFUSED } from "../../oms/order_life.ts";
import { OrderTable } from "../../oms/order_table.ts";
import type { AwayOrders } from "../../venue/away_venue.ts";
import { L2Venue } from "../../venue/l2_venue.ts";
import { MAKER } from "../../venue/liquidity.ts";
import { queueModel } from "../../venue/queue_model.ts";

/** How an exchange that is simulated differs from what a backtest assumes of it. */
export interface ExchangeWays {
  /** ns. */
  readonly order: number;
  readonly response: number;
  readonly queue?: string;
  /** Refuses the order with this id, by a code. */
  readonly refuses?: (order: number) => number;
  /** Refuses to cancel it. */
  readonly keeps?: (order: number) => number;
  /** What is reported in place of what was worked out. */
  readonly says?: (report: VenueReport) => readonly VenueReport[];
  /** What an answer takes longer, in ns. */
  readonly late?: (report: VenueReport) => number;
}

interface Request {
  readonly time: number;
  readonly arrives: () => void;
}

/** What a venue reads of an order. */
const COLUMNS = [
  "instrument",
  "side",
  "type",
  "tif",
  "flags",
  "price",
  "size",
  "trigger",
  "display",
  "quote",
  "expires",
] as const;

/** For tests: an exchange that is a simulated venue over a tape, to which a session's orders go and which answers by reports. */
export class SimulatedExchange implements AwayOrders {
  session!: Session;
  readonly #ways: ExchangeWays;
  readonly #tape: TapeReader;
  #feed!: Feed;
  /** As the exchange has them: those of the session may be gone before it knows. */
  readonly #orders = new OrderTable();
  /** Places in its own table by the session's ids, and the other way round. */
  readonly #slots = new Map<number, number>();
  readonly #ids: number[] = [];
  readonly #requests: Request[] = [];
  readonly #answers: { readonly time: number; readonly report: VenueReport }[] = [];
  #sent = 0;

  constructor(tape: TapeReader, ways: ExchangeWays) {
    this.#tape = tape;
    this.#ways = ways;
  }

  /** The session whose orders come is made. */
  attach(session: Session): void {
    this.session = session;
    const era = Number(BigInt(this.#tape.meta.span!.localFirst) / BigInt(ERA));
    const spec = instrument(this.#tape.meta.instrument), { queue = "risk" } = this.#ways;
    const venue = new L2Venue(
      this.#orders,
      { fills: "partial", impact: "frozen", selfTrade: "allow" },
      queueModel(queue, spec.lotSize),
      {
        answer: (event, slot, price, lots, liquidity, code) => {
          venue.answered = true;
          this.#answer(event, slot, { price, lots, maker: liquidity === MAKER, code });
        },
        wake: () => {},
      },
    );
    const columns = new BatchCache(this.#tape, era);
    this.#feed = new Feed(0, spec, columns, columns, venue, new L2View());
  }

  submit(slot: number): void {
    const { orders } = this.session.core, id = orders.id[slot], own = this.#orders.open();
    for (const column of COLUMNS) this.#orders[column][own] = orders[column][slot];
    this.#slots.set(id, own);
    this.#ids[own] = id;
    this.#request(() => {
      const code = this.#ways.refuses?.(id) ?? 0;
      if (code > 0) this.#answer(REJECT, own, { code });
      else this.#feed.venue.arrive(own);
    });
  }

  cancel(slot: number): void {
    const id = this.session.core.orders.id[slot], own = this.#slots.get(id)!;
    this.#request(() => {
      const code = this.#ways.keeps?.(id) ?? 0;
      if (code > 0) this.#answer(REQUEST_REFUSED, own, { code });
      else this.#feed.venue.cancel(own);
    });
  }

  amend(slot: number, price: number, size: number): void {
    const own = this.#slots.get(this.session.core.orders.id[slot])!;
    this.#request(() => this.#feed.venue.amend(own, price, size));
  }

  /** When it next does something, session time. */
  get due(): number {
    const answer = this.#answers[0]?.time ?? Infinity, request = this.#requests[0]?.time ?? Infinity;
    return Math.min(answer, request, this.#feed.exchangeTime);
  }

  /** Works out all that happens up to a time, and reports what is heard of by then; returns whether anything was. */
  run(until: number, report: (report: VenueReport) => void): boolean {
    let heard = false;
    for (;;) {
      const request = this.#requests[0]?.time ?? Infinity, row = this.#feed.exchangeTime;
      // Rows of one time come before requests.
      const time = Math.min(request, row), answer = this.#answers[0];
      if (answer && answer.time <= until && answer.time <= time) {
        this.#answers.shift();
        report(answer.report);
        heard = true;
      } else if (time > until) return heard;
      else if (row <= request) this.#feed.applyExchange(Math.min(request, until, answer?.time ?? Infinity) + 1);
      else {
        this.#feed.venue.now = request;
        this.#requests.shift()!.arrives();
      }
    }
  }

  #request(arrives: () => void): void {
    this.#sent = Math.max(this.#sent, this.session.core.now + this.#ways.order);
    this.#requests.push({ time: this.#sent, arrives });
  }

  #answer(
    event: number,
    own: number,
    { price, lots, maker, code }: Pick<VenueReport, "price" | "lots" | "maker" | "code">,
  ): void {
    const { says = (report) => [report], response, late = () => 0 } = this.#ways;
    const traded = event === FILL || event === REPLACE_DONE;
    if (event === REPLACE_DONE) this.#orders.size[own] = lots!;
    const report: VenueReport = {
      order: this.#ids[own],
      event: EVENT_NAMES[event],
      ...(traded ? { price, lots } : {}),
      // The order may be gone by the time it is heard.
      ...(event === FILL
        ? { maker, instrument: fullName(this.#tape.meta.instrument), side: this.#orders.side[own] }
        : code && event !== CANCEL_DONE
        ? { code }
        : {}),
    };
    for (const each of says(report)) {
      const due = this.#feed.venue.now + response + late(each), last = this.#answers.at(-1)?.time ?? 0;
      this.#answers.push({ time: Math.max(due, last), report: each });
    }
  }
}
