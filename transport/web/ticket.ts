import { button, make, panel, write } from "./dom.ts";
import { type Instrument, priceText, ticksOf } from "./format.ts";
import type { Send } from "./session.ts";

/** What a ticket needs. */
export interface TicketOptions {
  readonly send: Send;
  /** Why we may send no orders; undefined where we may. */
  readonly barred: string | undefined;
  /** Orders are real. */
  readonly live: boolean;
}

/** A form that sends one order: at a limit, or at the market where no price is given. */
export class Ticket {
  readonly element: HTMLElement;
  readonly #instrument: Instrument;
  readonly #send: Send;
  readonly #size = make("input", {
    name: "size",
    inputmode: "numeric",
    value: "1",
    required: true,
    autocomplete: "off",
  });
  readonly #price = make("input", { name: "price", inputmode: "decimal", placeholder: "market", autocomplete: "off" });
  readonly #said = make("output", { class: "wide", id: "said" });

  constructor(instrument: Instrument, { send, barred, live }: TicketOptions) {
    this.#instrument = instrument;
    this.#send = send;
    const sender = (side: "buy" | "sell", title: string) =>
      button(live ? `${title} for real` : title, () => void this.#submit(side), {
        class: side,
        id: side,
      });
    const form = make("form", { class: "ticket", on: { submit: (event) => event.preventDefault() } }, [
      make("label", { text: "Lots" }, [this.#size]),
      make("label", { text: `Price in ${instrument.currency}` }, [this.#price]),
      sender("buy", "Buy"),
      sender("sell", "Sell"),
      this.#said,
    ]);
    this.element = panel("Send an order", form);
    if (barred !== undefined) this.bar(barred);
  }

  /** Takes no orders from now on, and says why. */
  bar(why: string): void {
    for (const sender of this.element.querySelectorAll("button")) sender.disabled = true;
    write(this.#said, why);
  }

  async #submit(side: "buy" | "sell"): Promise<void> {
    const lots = Number(this.#size.value), priced = this.#price.value.trim() !== "";
    if (!Number.isSafeInteger(lots) || lots <= 0) {
      return write(this.#said, "Cannot send: the size is no whole number of lots above 0");
    }
    const ticks = ticksOf(this.#instrument, this.#price.value);
    if (priced && ticks === undefined) {
      return write(this.#said, `Cannot send: the price is no multiple of ${this.#instrument.tick}`);
    }
    write(this.#said, "Sending …");
    const { symbol } = this.#instrument;
    const answer = await this.#send({
      kind: "submit",
      instrument: symbol,
      side,
      size: lots,
      ...(priced ? { price: ticks } : {}),
    });
    if (answer instanceof Error) return write(this.#said, answer.message);
    const at = ticks === undefined ? "at the market" : `at ${priceText(this.#instrument, ticks)}`;
    write(this.#said, answer.code === 0 ? `Order ${answer.order}: ${side} ${lots} ${at}` : `Refused: ${answer.reason}`);
  }
}
