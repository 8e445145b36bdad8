/** A live session at a server of this machine, with all its files: what benches and the soak run. */
import { generateKeyPairSync } from "node:crypto";
import type { StrategyDefinition } from "../engine/core/strategy.ts";
import { exchange } from "../engine/live/exchanges.ts";
import { Keys } from "../engine/live/keys.ts";
import type { LiveEventName } from "../engine/live/live_event.ts";
import type { Network } from "../engine/live/network.ts";
import { OrderLog } from "../engine/live/order_log.ts";
import { journalFile } from "../engine/run/journal_file.ts";
import { LiveSession } from "../engine/run/live.ts";
import { machineTools } from "../engine/run/machine_tools.ts";
import { runMarketPaper } from "../engine/run/market_paper.ts";
import { OrderLogFolder } from "../engine/run/order_log_folder.ts";
import type { RunResult } from "../engine/stats/result.ts";

/** What a session on disk is made of. */
export interface LiveOnDiskOptions {
  /** Where the server listens. */
  readonly port: string;
  readonly symbols: readonly string[];
  readonly folder: string;
  readonly strategy: StrategyDefinition;
  /** The network, as it is watched. */
  readonly watch?: (network: Network) => Network;
}

/**
 * What `lockstep run --live` runs, at Binance spot: the adapter over real sockets, a session that trades with it, and a recorder of
 * all that comes; with journal, order log, tapes and frames in a folder.
 */
export class LiveOnDisk {
  /** Resolves when all books are whole. */
  readonly opened: Promise<void>;
  /** How often things happened beside the data. */
  readonly events: ReadonlyMap<LiveEventName, number>;
  readonly #end: () => Promise<RunResult>;

  private constructor(
    opened: Promise<void>,
    events: ReadonlyMap<LiveEventName, number>,
    end: () => Promise<RunResult>,
  ) {
    this.opened = opened;
    this.events = events;
    this.#end = end;
  }

  static async open({ port, symbols, folder, strategy, watch = (network) => network }: LiveOnDiskOptions) {
    const events = new Map<LiveEventName, number>(), whole = Promise.withResolvers<void>(), host = `127.0.0.1:${port}`;
    const endpoints = { rest: `http://${host}`, market: `ws://${host}`, orders: `ws://${host}` };
    const own = machineTools(({ name }) => {
      events.set(name, 1 + (events.get(name) ?? 0));
      if (events.get("MARKET_WHOLE") === symbols.length) whole.resolve();
    });
    const tools = { ...own, network: watch(own.network) }, binance = exchange("binance-spot");
    const instruments = await binance.instruments(symbols, endpoints, tools);
    const entry = binance.orders!({ endpoints, keys: madeKeys(), instruments }, tools);
    const logs = new OrderLogFolder(`${folder}/live`), log = new OrderLog(logs.begin()), { books } = logs;
    const live = await LiveSession.open({ entry, tools, instruments, log, books });
    const market = {
      ...{ exchange: binance, endpoints, instruments, tools, folder },
      record: `${folder}/recording`,
      begin: (options: Parameters<LiveSession["begin"]>[0]) => live.begin(options),
      windDown: async () => void await live.quiet("enough"),
    };
    let stopped = false;
    const journal = journalFile(`${folder}/journal`);
    const running = runMarketPaper(market, { strategy, latency: "1ms", journal, stopped: () => stopped, tape: [] });
    running.catch(whole.reject);
    whole.promise.catch(() => {});
    return new LiveOnDisk(whole.promise, events, async () => {
      stopped = true;
      const result = await running;
      await live.close();
      logs[Symbol.dispose]();
      return result;
    });
  }

  /** Ends it: what rests is cancelled, and all files are completed. */
  close(): Promise<RunResult> {
    return this.#end();
  }
}

/** Keys that log on once, so that no order waits for its signature. */
function madeKeys(): Keys {
  const { privateKey } = generateKeyPairSync("ed25519");
  return new Keys("ed25519", "id", privateKey.export({ type: "pkcs8", format: "pem" }).toString());
}
