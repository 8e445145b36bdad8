import type { Command } from "../../engine/core/command.ts";
import { instrumentNames } from "../../engine/core/instrument_names.ts";
import { Rng } from "../../engine/core/rng.ts";
import type { Session } from "../../engine/core/session.ts";
import { LIMITS } from "../../engine/risk/limits.ts";
import { GUARD_NAMES } from "../../engine/risk/guards.ts";
import type { Desk } from "./desk.ts";
import { limitNames, NEAR, type Plan } from "./plan.ts";

/**
 * Someone outside who commands a session by dice that know its place alone: a session made again, or gone on with from a
 * snapshot, is commanded the same.
 */
export class Outside {
  /** Commands that were given. */
  given = 0;
  #next = 0;
  readonly #gaps: Rng;

  constructor(private readonly plan: Plan) {
    this.#gaps = new Rng(`outside ${plan.seed}`);
    this.#draw();
  }

  /** Gives the commands whose place this is; called before each move. */
  look(session: Session, desk: Desk): void {
    while (this.#next <= session.steps) {
      if (this.#next === session.steps) this.#command(session, desk);
      this.#draw();
    }
  }

  #draw(): void {
    const { commands } = this.plan;
    this.#next += commands === 0 ? Infinity : this.#gaps.int(Math.floor(2000 / commands)) + 1;
  }

  #command(session: Session, desk: Desk): void {
    const rng = new Rng(`command ${this.plan.seed} ${session.steps}`);
    session.command(randomCommand(session, rng, this.plan, desk));
    this.given++;
  }
}

function randomCommand(session: Session, rng: Rng, { middles, commands }: Plan, desk: Desk): Command {
  const { context } = session, names = instrumentNames(context.instruments), i = rng.int(names.length);
  const pick = <T>(...of: T[]): T => of[rng.int(of.length)];
  const instrument = rng.int(3) === 0 ? {} : { instrument: names[i] }, index = "instrument" in instrument ? i : 0;
  const open = context.openOrders(), order = open[rng.int(Math.max(1, open.length))];
  const price = middles[index] + rng.int(13) - 6, side = pick("buy", "sell"), size = 1 + rng.int(9);
  // The more there are, the more of them repeat an id.
  const id = rng.int(4) === 0 ? { id: `o${rng.int(commands)}` } : {};
  switch (rng.int(14)) {
    case 0:
    case 1:
      return { kind: "submit", ...id, ...instrument, side, size, ...(rng.int(2) === 0 ? { price } : {}) };
    case 2:
      return { kind: "cancel", ...id, order: order?.id ?? 1 + rng.int(50) };
    case 3:
      if (order && desk.mine.includes(order.id)) return { kind: "amend", ...id, order: order.id, size };
      return { kind: "cancel", ...id, order: 1 + rng.int(50) };
    case 4:
      return { kind: "cancel_all", ...id, ...instrument };
    case 5:
    case 6: {
      const wide = rng.int(2) === 0, name = pick(...limitNames(wide));
      const scope = wide ? pick("session", "account", "strategy") : pick("instruments", `instruments.${names[i]}`);
      const value = rng.int(3) === 0 ? "unlimited" : NEAR[name]!(rng);
      if (!LIMITS[name]) throw new Error(name);
      return { kind: "set_limit", ...id, scope, name, value };
    }
    case 7:
      return { kind: "restrict", ...id, instrument: names[i], on: rng.int(3) === 0 };
    case 8:
      return { kind: pick("kill", "pause", "pause"), ...id, flatten: pick("market", "none") };
    case 9:
      return { kind: pick("reset", "resume"), ...id };
    case 10:
      return { kind: "resume", ...id };
    case 11:
      return { kind: "hold", ...id, ...instrument, state: pick("reducing", "halted", "open", "open") };
    case 12:
      return { kind: "release", ...id, ...instrument, code: pick(...GUARD_NAMES) };
    default:
      return { kind: "reset", ...id };
  }
}
