import type { Send } from "./controls.ts";
import { make, panel } from "./dom.ts";
import { type Instrument, priceText } from "./format.ts";

/** A form that sends one order: at a limit, or at the market where no price is given. */
export class Ticket {
  readonly element: HTMLElement;
  readonly #said = make("output", { class: "wide", role: "status" });

  constructor(instrument: Instrument, send: Send, can: boolean) {
    const size = make("input", {
      name: "size",
      inputmode: "numeric",
      value: "1",
      required: true,
      pattern: "[1-9][0-9]*",
    });
    const price = make("input", { name: "price", inputmode: "decimal", placeholder: "market" });
    const submit = async (side: "buy" | "sell"): Promise<void> => {
      const ticks = price.value.trim() === "" ? undefined : Math.round(Number(price.value) / Number(instrument.tick));
      const lots = Number(size.value);
      if (!Number.isSafeInteger(lots) || lots <= 0) {
        return this.#say("Cannot send: the size is no whole number of lots above 0");
      }
      if (ticks !== undefined && !Number.isSafeInteger(ticks)) return this.#say("Cannot send: the price is no number");
      const answer = await send({
        kind: "submit",
        instrument: instrument.symbol,
        side,
        size: lots,
        ...(ticks === undefined ? {} : { price: ticks }),
      }) as { code: number; reason: string; order: number } | undefined;
      if (answer === undefined) return;
      const at = ticks === undefined ? "at the market" : `at ${priceText(instrument, ticks)}`;
      this.#say(answer.code === 0 ? `Order ${answer.order}: ${side} ${lots} ${at}` : `Refused: ${answer.reason}`);
    };
    const form = make("form", { class: "ticket", on: { submit: (event) => event.preventDefault() } }, [
      make("label", { text: "Lots" }, [size]),
      make("label", { text: `Price in ${instrument.currency}` }, [price]),
      make("button", {
        type: "button",
        class: "buy",
        id: "buy",
        text: "Buy",
        disabled: !can,
        on: { click: () => void submit("buy") },
      }),
      make("button", {
        type: "button",
        class: "sell",
        id: "sell",
        text: "Sell",
        disabled: !can,
        on: { click: () => void submit("sell") },
      }),
      this.#said,
    ]);
    this.element = panel("Send an order", form);
  }

  #say(text: string): void {
    this.#said.textContent = text;
  }
}
