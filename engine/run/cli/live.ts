import { createHash } from "node:crypto";
import { join } from "node:path";
import type { StrategyDefinition } from "../../core/strategy.ts";
import { Code } from "../../core/codes.ts";
import { instrument } from "../../core/instrument.ts";
import { OrderLog } from "../../live/order_log.ts";
import type { OrderEntry } from "../../live/order_entry.ts";
import { ExchangeError } from "../../live/refusals.ts";
import { LIMIT_NAMES } from "../../risk/limits.ts";
import { exchangeKeys } from "../exchange_keys.ts";
import { LiveSession, ReconcileError } from "../live.ts";
import type { PaperMarket } from "../market_paper.ts";
import { OrderLogFolder } from "../order_log_folder.ts";
import { checkRehearsal, findRehearsal } from "../rehearsal.ts";
import type { Cli } from "./cli.ts";
import { EXIT } from "./exit_codes.ts";
import { failingWith, Failure } from "./failure.ts";
import { checkOnePlace, limitsToFill, reconcileText, termsText, unlimited } from "./live_terms.ts";
import { runMarket, type Trading } from "./paper.ts";
import type { PlainOptions, RunFlags } from "./run_options.ts";

/** What goes live. */
export interface LiveRun {
  /** The strategy's file, and what it exports. */
  readonly path: string;
  readonly strategy: StrategyDefinition;
  readonly flags: RunFlags;
  /** "binance-spot:BTCUSDT". */
  readonly market: string;
}

/** Runs a strategy on an exchange's market with orders that go there, once its terms are accepted and the books agree. */
export async function runLive(cli: Cli, run: LiveRun): Promise<void> {
  const { flags, strategy } = run;
  if (flags.out === false) {
    throw new Failure(EXIT.USAGE, "a live run is recorded and journalled; leave --no-out out, or try it as --paper");
  }
  await runMarket(cli, { ...run, trade: (market, options) => trade(cli, strategy.name, flags, market, options) });
}

/** Has the terms accepted, connects and reconciles. Throws Failure where the run must not begin. */
async function trade(
  cli: Cli,
  strategy: string,
  flags: RunFlags,
  market: PaperMarket,
  options: PlainOptions,
): Promise<Trading> {
  const { exchange, instruments, endpoints, tools } = market, testnet = flags.testnet === true;
  const out = flags.out || "out";
  failingWith(EXIT.USAGE, () => checkOnePlace(endpoints));
  const open = failingWith(EXIT.USAGE, () => unlimited(options, instruments.map(instrument)));
  if (open.length > 0) {
    cli.tell(limitsToFill(open));
    const remedy = "put each with its number into a file as above, and give that as --risk FILE";
    throw new Failure(
      EXIT.USAGE,
      `Cannot go live: not limited in ${open.length} of ${LIMIT_NAMES.length} ways; ${remedy}`,
    );
  }
  const rehearsed = failingWith(EXIT.INPUT, () => {
    const folder = rehearsalOf(out, strategy, flags, market);
    checkRehearsal(folder, { strategy, instruments });
    return folder;
  });
  const keys = failingWith(EXIT.INPUT, () => {
    return exchangeKeys(exchange.name, { env: (name) => Deno.env.get(name), file: flags.keys, testnet });
  });
  const entry = exchange.orders?.({ endpoints, keys, instruments }, tools);
  if (entry === undefined) {
    throw new Failure(EXIT.USAGE, `orders are not spoken at ${exchange.name}; try its market as --paper`);
  }
  const account = `${keys.id.slice(0, 6)}…`;
  const terms = { venue: exchange.name, endpoints, account, testnet, strategy, rehearsed, instruments };
  cli.tell(termsText({ ...terms, limits: options }));
  if (!flags.yes && !accepted()) {
    throw new Failure(EXIT.USAGE, "nothing was sent: the terms were not accepted; type yes, or give --yes");
  }
  const logs = failingWith(
    EXIT.OUTPUT,
    () => new OrderLogFolder(join(out, "live", accountName(exchange.name, keys.id))),
  );
  try {
    const live = await opened(cli, entry, logs, flags, market);
    return {
      live: testnet ? "test" : "real",
      begin: (given) => live.begin(given),
      windDown: async () => {
        cli.tell("Cancelling what rests …");
        const left = await live.quiet("the run is ending");
        cli.tell(left.length === 0 ? "Nothing is left open." : `LEFT OPEN, look after them: ${left.join(", ")}`);
      },
      close: async () => {
        await live.close();
        logs[Symbol.dispose]();
      },
    };
  } catch (error) {
    logs[Symbol.dispose]();
    throw error;
  }
}

async function opened(
  cli: Cli,
  entry: OrderEntry,
  logs: OrderLogFolder,
  { foreignOrders, positions }: RunFlags,
  { instruments, tools }: PaperMarket,
): Promise<LiveSession> {
  const { books } = logs, log = new OrderLog(logs.begin()), rules = { foreignOrders, positions };
  try {
    const live = await LiveSession.open({ entry, tools, instruments, log, books, rules });
    const { rows } = live.reconciled;
    if (rows.length > 0) cli.tell(reconcileText(rows));
    return live;
  } catch (error) {
    if (error instanceof ExchangeError && error.code === Code.NOT_PERMITTED) {
      const remedy =
        "check key and secret, what the key may do, from which addresses, and whether it is of the test network";
      throw new Failure(EXIT.INPUT, `${error.message.replace(/\.$/, "")}; ${remedy}`, { cause: error });
    }
    if (!(error instanceof ReconcileError)) throw error;
    cli.tell(reconcileText(error.found.rows));
    throw new Failure(EXIT.CONTRADICTED, error.message);
  }
}

/** The run that rehearsed this one. Throws RangeError where there is none. */
function rehearsalOf(out: string, strategy: string, { rehearsed }: RunFlags, { instruments }: PaperMarket): string {
  const found = rehearsed ?? findRehearsal(out, { strategy, instruments });
  if (found !== undefined) return found;
  const names = instruments.map(({ symbol }) => symbol).join(", ");
  throw new RangeError(
    `Cannot go live: ${out} has no run of ${strategy} on ${names} to compare with; run it with --tape or --paper first, ` +
      `or name one as --rehearsed FOLDER`,
  );
}

/** Whether whoever sits at the terminal says yes; nobody does where there is none. */
function accepted(): boolean {
  return Deno.stdin.isTerminal() && prompt('\nType "yes" to start:')?.trim() === "yes";
}

/** A name for the logs of an account, which says no key. */
function accountName(venue: string, keyId: string): string {
  return `${venue}-${createHash("sha256").update(keyId).digest("hex").slice(0, 12)}`;
}
