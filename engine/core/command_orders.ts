import { Code } from "./codes.ts";
import type { CommandFields, CommandKind } from "./command.ts";
import { commandTime } from "./command_text.ts";
import type { SessionContext } from "./context.ts";
import type { Core } from "./core.ts";
import type { OrderRequest } from "./strategy.ts";
import { PENDING_NEW } from "../oms/order_life.ts";
import { BY_COMMAND, TIF_NAMES, TYPE_NAMES } from "../oms/order_table.ts";

/**
 * Commands about orders: submit, cancel, amend, cancel_all. They go the way of a strategy's own, through risk, latency and
 * venue.
 *
 * Prices are ticks and sizes lots. A refused order has the code of who refused it; an order that is done or unknown is
 * UNKNOWN_ORDER, one about which a request is on its way REQUEST_PENDING.
 */
export function orderCommands(core: Core, context: SessionContext): Readonly<Record<string, CommandKind>> {
  const about = (order: number): Code | 0 => {
    const slot = core.orders.slotOf(order);
    return slot < 0 ? Code.UNKNOWN_ORDER : core.flow.cancellable(slot) ? 0 : Code.REQUEST_PENDING;
  };
  return {
    submit: {
      about: "Sends an order.",
      fields: {
        side: { type: "side" },
        size: { type: "count" },
        price: { type: "ticks", optional: true },
        instrument: { type: "instrument", optional: true },
        type: { type: TYPE_NAMES, optional: true },
        tif: { type: TIF_NAMES, optional: true },
        trigger: { type: "ticks", optional: true },
        display: { type: "count", optional: true },
        expires: { type: "text", optional: true },
        postOnly: { type: "flag", optional: true },
        reduceOnly: { type: "flag", optional: true },
      },
      check: (fields) => void request(fields),
      apply(fields) {
        const id = context.submit(request(fields), BY_COMMAND);
        return id > 0 ? { order: id } : { code: -id as Code };
      },
    },
    cancel: {
      about: "Asks to cancel an order.",
      fields: { order: { type: "count" } },
      apply({ order }) {
        const code = about(order as number);
        if (code === 0) context.cancel(order as number);
        return { code, order: order as number };
      },
    },
    amend: {
      about: "Asks for another price, or size in all, of an order.",
      fields: {
        order: { type: "count" },
        price: { type: "ticks", optional: true },
        size: { type: "count", optional: true },
      },
      check({ price, size }) {
        if (price === undefined && size === undefined) {
          throw new TypeError("Cannot amend: it has neither price nor size");
        }
      },
      apply({ order, price, size }) {
        const id = order as number, slot = core.orders.slotOf(id);
        const code = about(id) || (core.orders.state[slot] === PENDING_NEW ? Code.REQUEST_PENDING : 0);
        if (code !== 0) return { code, order: id };
        const change = { price: price as number | undefined, size: size as number | undefined };
        return { code: context.amend(id, change) ? 0 : core.flow.refused, order: id };
      },
    },
    cancel_all: {
      about: "Asks to cancel every open order, of one instrument or of all.",
      fields: { instrument: { type: "instrument", optional: true } },
      apply: ({ instrument }) => context.cancelAll(instrument as number | undefined, true),
    },
  };
}

/** The order that fields ask for. Throws TypeError or RangeError for fields that do not go together. */
function request(fields: CommandFields): OrderRequest {
  const { expires, tif } = fields;
  if ((tif === "gtd") !== (expires !== undefined)) {
    throw new TypeError("Cannot submit: tif gtd and expires go together, as expires=2024-08-08T00:10:00Z");
  }
  if (typeof expires === "string" && expires.startsWith("+")) {
    throw new RangeError(`Cannot submit: expires is ${expires}; write a time such as 2024-08-08T00:10:00Z`);
  }
  const at = expires === undefined ? undefined : commandTime(expires as string, 0n);
  // Each field was checked by its kind; only a time has another form here.
  return { ...fields, expires: at } as unknown as OrderRequest;
}
