import { assertEquals } from "@std/assert";
import { BUY } from "../core/event.ts";
import { Code, codeName } from "../core/codes.ts";
import { silent } from "./_silent_venue.ts";
import {
  ACKNOWLEDGED,
  CANCEL_DONE,
  EXPIRE,
  FILL,
  REINSTATE,
  REJECT,
  REPLACE_DONE,
  REQUEST_REFUSED,
  SIZED,
  STATE_NAMES,
  SUSPEND,
  TRIGGER,
} from "./order_life.ts";

const ANSWERS: Readonly<Record<string, number>> = {
  works: ACKNOWLEDGED,
  cancelled: CANCEL_DONE,
  replaced: REPLACE_DONE,
  rejects: REJECT,
  expires: EXPIRE,
  refuses: REQUEST_REFUSED,
  sized: SIZED,
  triggers: TRIGGER,
  suspends: SUSPEND,
  reinstates: REINSTATE,
};

/**
 * Plays the life of one order, a buy of 10 at 100. Lines beginning with "we" are ours, the others come from the venue;
 * "fills 4 #7" is its execution 7. Beside each line: the order's state, its lots filled and in all, the position, and the
 * lots that risk counts as open: as many as the order may come to have.
 */
function scenario(name: string, lines: string): void {
  Deno.test(`an order's life: ${name}`, () => {
    const { core } = silent(), { orders, flow } = core;
    let id = 0, slot = -1;
    const play = (line: string): void => {
      const [who, what, ...numbers] = line.replace(/[#@]/g, "").split(" ");
      const [a] = numbers.map(Number);
      if (line === "we submit") {
        slot = orders.open();
        orders.side[slot] = BUY;
        orders.type[slot] = 1;
        orders.price[slot] = 100;
        orders.size[slot] = 10;
        orders.trigger[slot] = orders.display[slot] = NaN;
        orders.expires[slot] = Infinity;
        // As a message on its way does.
        orders.retain(slot);
        id = flow.submit(slot);
      } else if (line === "we cancel") flow.cancel(id);
      else if (who === "we") flow.amend(id, 100, a);
      else if (who === "fills") flow.answered(FILL, slot, 100, Number(what), 0, a);
      else if (who === "replaced" || who === "sized") flow.answered(ANSWERS[who], slot, 100, Number(what), 0, 0);
      else flow.answered(ANSWERS[who], slot, 0, 0, 0, who === "refuses" ? Code.TOO_LATE : 0);
    };
    const rows = lines.trim().split("\n").map((row) => row.split("|").map((cell) => cell.trim()));
    const found = rows.map(([line]) => {
      play(line);
      const { state, filled, size } = orders;
      return [
        line,
        STATE_NAMES[state[slot]],
        `${filled[slot]}/${size[slot]}`,
        `${core.position(0)}`,
        `${core.risk.openLots(0, BUY)}`,
        flow.refused ? codeName(flow.refused) : "",
      ];
    });
    assertEquals(found, rows.map((row) => [...row, ""].slice(0, 6)));
    core.ledger.check();
    assertEquals(core.risk.open(0) === 0, core.risk.openLots(0, BUY) === 0);
  });
}

scenario(
  "as it should be",
  `
  we submit     | PendingNew      | 0/10  | 0  | 10
  works         | New             | 0/10  | 0  | 10
  fills 4 #1    | PartiallyFilled | 4/10  | 4  | 6
  we amend 12   | PendingReplace  | 4/10  | 4  | 8
  replaced 12   | Replaced        | 4/12  | 4  | 8
  fills 8 #2    | Filled          | 12/12 | 12 | 0
`,
);

scenario(
  "a fill after the cancel was asked for",
  `
  we submit     | PendingNew      | 0/10  | 0  | 10
  works         | New             | 0/10  | 0  | 10
  we cancel     | PendingCancel   | 0/10  | 0  | 10
  fills 4 #1    | PendingCancel   | 4/10  | 4  | 6
  cancelled     | Cancelled       | 4/10  | 4  | 0
`,
);

scenario(
  "filled whole before the cancel arrives, which is then refused",
  `
  we submit     | PendingNew      | 0/10  | 0  | 10
  works         | New             | 0/10  | 0  | 10
  we cancel     | PendingCancel   | 0/10  | 0  | 10
  fills 10 #1   | Filled          | 10/10 | 10 | 0
  refuses       | Filled          | 10/10 | 10 | 0
`,
);

scenario(
  "a fill after the cancel was done is booked, and the order stays cancelled",
  `
  we submit     | PendingNew      | 0/10  | 0  | 10
  works         | New             | 0/10  | 0  | 10
  we cancel     | PendingCancel   | 0/10  | 0  | 10
  cancelled     | Cancelled       | 0/10  | 0  | 0
  fills 4 #1    | Cancelled       | 4/10  | 4  | 0
  fills 6 #2    | Cancelled       | 10/10 | 10 | 0
`,
);

scenario(
  "a fill while a replace is on its way, which is then done",
  `
  we submit     | PendingNew      | 0/10  | 0  | 10
  works         | New             | 0/10  | 0  | 10
  we amend 8    | PendingReplace  | 0/10  | 0  | 10
  fills 3 #1    | PendingReplace  | 3/10  | 3  | 7
  replaced 8    | Replaced        | 3/8   | 3  | 5
`,
);

scenario(
  "a replace that is refused leaves the order as it was",
  `
  we submit     | PendingNew      | 0/10  | 0  | 10
  works         | New             | 0/10  | 0  | 10
  we amend 8    | PendingReplace  | 0/10  | 0  | 10
  refuses       | New             | 0/10  | 0  | 10
  we amend 20   | PendingReplace  | 0/10  | 0  | 20
  fills 3 #1    | PendingReplace  | 3/10  | 3  | 17
  refuses       | PartiallyFilled | 3/10  | 3  | 7
`,
);

scenario(
  "a replace that is done crosses fills of more than it leaves: what traded has traded",
  `
  we submit     | PendingNew      | 0/10  | 0  | 10
  works         | New             | 0/10  | 0  | 10
  we amend 5    | PendingReplace  | 0/10  | 0  | 10
  fills 7 #1    | PendingReplace  | 7/10  | 7  | 3
  replaced 5    | Filled          | 7/5   | 7  | 0
`,
);

scenario(
  "one execution told twice is booked once",
  `
  we submit     | PendingNew      | 0/10  | 0  | 10
  fills 4 #1    | PartiallyFilled | 4/10  | 4  | 6
  fills 4 #1    | PartiallyFilled | 4/10  | 4  | 6
  fills 4 #2    | PartiallyFilled | 8/10  | 8  | 2
  fills 2 #3    | Filled          | 10/10 | 10 | 0
  fills 2 #3    | Filled          | 10/10 | 10 | 0
`,
);

scenario(
  "executions in the wrong order are all booked; one that is older than any window is refused",
  `
  we submit     | PendingNew      | 0/10  | 0  | 10
  fills 4 #300  | PartiallyFilled | 4/10  | 4  | 6
  fills 1 #299  | PartiallyFilled | 5/10  | 5  | 5
  fills 1 #45   | PartiallyFilled | 6/10  | 6  | 4
  fills 1 #44   | PartiallyFilled | 6/10  | 6  | 4 | EXECUTION_OLD
`,
);

scenario(
  "acknowledged after the fill, and twice",
  `
  we submit     | PendingNew      | 0/10  | 0  | 10
  fills 4 #1    | PartiallyFilled | 4/10  | 4  | 6
  works         | PartiallyFilled | 4/10  | 4  | 6
  works         | PartiallyFilled | 4/10  | 4  | 6
  fills 6 #2    | Filled          | 10/10 | 10 | 0
  works         | Filled          | 10/10 | 10 | 0
`,
);

scenario(
  "cancelled before it is acknowledged, and refused all the same",
  `
  we submit     | PendingNew      | 0/10  | 0  | 10
  we cancel     | PendingCancel   | 0/10  | 0  | 10
  works         | PendingCancel   | 0/10  | 0  | 10
  refuses       | New             | 0/10  | 0  | 10
`,
);

scenario(
  "an expiry crosses the cancel",
  `
  we submit     | PendingNew      | 0/10  | 0  | 10
  works         | New             | 0/10  | 0  | 10
  we cancel     | PendingCancel   | 0/10  | 0  | 10
  expires       | Expired         | 0/10  | 0  | 0
  refuses       | Expired         | 0/10  | 0  | 0
  cancelled     | Expired         | 0/10  | 0  | 0
`,
);

scenario(
  "a reject crosses the cancel",
  `
  we submit     | PendingNew      | 0/10  | 0  | 10
  we cancel     | PendingCancel   | 0/10  | 0  | 10
  rejects       | Rejected        | 0/10  | 0  | 0
  refuses       | Rejected        | 0/10  | 0  | 0
`,
);

scenario(
  "a stop that triggers while its cancel is on its way is a triggered one when that is refused",
  `
  we submit     | PendingNew      | 0/10  | 0  | 10
  works         | New             | 0/10  | 0  | 10
  we cancel     | PendingCancel   | 0/10  | 0  | 10
  triggers      | PendingCancel   | 0/10  | 0  | 10
  refuses       | Triggered       | 0/10  | 0  | 10
  fills 4 #1    | PartiallyFilled | 4/10  | 4  | 6
`,
);

scenario(
  "held in a halt: it can be amended and traded against, and goes on when it is reinstated",
  `
  we submit     | PendingNew      | 0/10  | 0  | 10
  works         | New             | 0/10  | 0  | 10
  suspends      | Suspended       | 0/10  | 0  | 10
  we amend 8    | PendingReplace  | 0/10  | 0  | 10
  replaced 8    | Suspended       | 0/8   | 0  | 8
  fills 1 #1    | Suspended       | 1/8   | 1  | 7
  reinstates    | PartiallyFilled | 1/8   | 1  | 7
  we cancel     | PendingCancel   | 1/8   | 1  | 7
  suspends      | PendingCancel   | 1/8   | 1  | 7
  cancelled     | Cancelled       | 1/8   | 1  | 0
`,
);

scenario(
  "a self-trade takes lots off while a cancel is on its way",
  `
  we submit     | PendingNew      | 0/10  | 0  | 10
  works         | New             | 0/10  | 0  | 10
  we cancel     | PendingCancel   | 0/10  | 0  | 10
  sized 7       | PendingCancel   | 0/7   | 0  | 7
  fills 7 #1    | Filled          | 7/7   | 7  | 0
  refuses       | Filled          | 7/7   | 7  | 0
`,
);
