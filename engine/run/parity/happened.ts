import type { CommandEntry } from "../../core/command.ts";
import type { Recorder } from "../../core/recorder.ts";
import { COMMAND } from "../../core/journal_format.ts";
import { type JournalReader, OUTPUT } from "../../core/journal_reader.ts";
import { eventOf, FUNDING_PAID, reportIn, type VenueReport } from "../../core/venue_report.ts";
import { CANCEL_DONE, EXPIRE, FILL, REJECT, REPLACE_DONE, REQUEST_REFUSED } from "../../oms/order_life.ts";
import { MAKER, TAKER } from "../../venue/liquidity.ts";
import type { Measured } from "../../venue/played_latency.ts";
import type { ToldAnswer } from "../../venue/told_orders.ts";
import { OrderTrail, type TrailOrder } from "./order_trail.ts";

/** What ends an order or answers a request about it. */
const ENDS: readonly number[] = [CANCEL_DONE, EXPIRE, REJECT];
const ANSWERS = { cancel: [...ENDS, REQUEST_REFUSED], amend: [REPLACE_DONE, REQUEST_REFUSED] } as const;

/**
 * What happened in a session, as its journal has it, or as it is told while the session is made again: its orders, and what an exchange
 * said of them.
 */
export class Happened implements Recorder {
  readonly trail: OrderTrail;
  /** What came from outside and is no exchange's answer. */
  readonly commands: CommandEntry[] = [];
  /** When the last input came, ns since 1970-01-01 UTC; 0 where none did. */
  lastInput = 0n;
  readonly #answers = new Map<number, ToldAnswer[]>();

  /** `openings` is with how many positions the session begins. */
  constructor(openings: number) {
    this.trail = new OrderTrail(openings);
  }

  /** Reads a journal to its end; where its first files were dropped, positions of the beginning are gone with them. */
  static read(journal: JournalReader, openings: number): Happened {
    const happened = new Happened(journal.from ? 0 : openings);
    for (let kind = journal.next(); kind !== 0; kind = journal.next()) {
      const { tag, era, ns, order, x, y, z } = journal;
      if (kind === OUTPUT) happened.output(tag, era, ns, order, x, y, z);
      else if (kind === COMMAND) happened.commanded(journal.entry);
    }
    happened.end();
    return happened;
  }

  output(tag: number, era: number, ns: number, order: number, x: number, y: number, z: number): void {
    this.trail.output(tag, era, ns, order, x, y, z);
  }

  /** Nothing more happened. */
  end(): void {
    for (const order of this.trail.orders) this.#sayWhoRested(order);
  }

  /** What an exchange said of an order, in order of time. */
  answersTo(order: number): readonly ToldAnswer[] {
    return this.#answers.get(order) ?? [];
  }

  /** How long it took until an exchange answered orders and amends, and cancels: from sending to hearing. */
  roundTrips(): { readonly orders: Measured[]; readonly cancels: Measured[] } {
    const orders: Measured[] = [], cancels: Measured[] = [];
    for (const { id, sent, requests } of this.trail.orders) {
      const answers = this.answersTo(id);
      if (answers.length > 0) orders.push({ sent, ns: Number(answers[0].at - sent) });
      for (const { what, at } of requests) {
        const answer = answers.find((each) =>
          each.at >= at && (ANSWERS[what] as readonly number[]).includes(each.event)
        );
        if (answer) (what === "amend" ? orders : cancels).push({ sent: at, ns: Number(answer.at - at) });
      }
    }
    return { orders, cancels };
  }

  commanded(entry: CommandEntry): void {
    const { at, command, scheduled } = entry, report = reportIn(command);
    if (!scheduled) this.lastInput = this.lastInput > BigInt(at) ? this.lastInput : BigInt(at);
    if (report) this.#answer(report, BigInt(at));
    else if (!scheduled) this.commands.push(entry);
  }

  #answer(report: VenueReport, at: bigint): void {
    const { order, price = 0, lots = 0, maker, code = 0 } = report;
    if (order === 0 || report.event === FUNDING_PAID) return;
    const answers = this.#answers.get(order) ?? [];
    answers.push({ at, event: eventOf(report), price, lots, liquidity: maker ? MAKER : TAKER, code });
    this.#answers.set(order, answers);
  }

  /** Fills of a journal do not say who rested; an exchange's answers do. */
  #sayWhoRested({ id, fills }: TrailOrder): void {
    const told = this.answersTo(id).filter(({ event }) => event === FILL);
    fills.forEach((fill, i) => {
      if (told[i]) fill.maker = told[i].liquidity === MAKER;
    });
  }
}
