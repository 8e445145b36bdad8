import type { Client, Update, Wishes } from "../client/mod.ts";
import type { Channel } from "../protocol/channels.ts";

/** Messages asked for at a time. */
const PAGE = 1000;

/** What is to be followed, and from how far back. */
export interface Followed<C extends Channel> {
  readonly channel: C;
  /** "*" for all symbols; the past is of those in `past` alone. */
  readonly symbol: string;
  /** Symbols whose past is wanted; `symbol` where absent. */
  readonly past?: readonly string[];
  /** The most messages of each symbol's past. */
  readonly most: number;
  /** Of what is to come. */
  readonly wishes?: Wishes;
}

/**
 * Hears a channel from as far back as the server keeps it: who opens the page late, or when all is over, sees what was. Each
 * message comes once and in order; snapshots are left out, as the past holds what they sum up. Returns what ends it.
 */
export function follow<C extends Channel>(
  client: Pick<Client, "listen" | "history">,
  { channel, symbol, past = [symbol], most, wishes }: Followed<C>,
  heard: (update: Extract<Update<C>, { type: "update" }>) => void,
): () => void {
  const newest = new Map<string, number>();
  let waiting: Update<C>[] | undefined = [], over = false;
  const take = (update: Update<C>) => {
    if (over || update.type !== "update" || update.seq <= (newest.get(update.symbol) ?? 0)) return;
    newest.set(update.symbol, update.seq);
    heard(update as Extract<Update<C>, { type: "update" }>);
  };
  const stop = client.listen(channel, symbol, (update) => waiting ? void waiting.push(update) : take(update), wishes);
  void Promise.all(past.map((each) => pastOf(client, channel, each, most))).then((lists) => {
    for (const update of lists.flat().sort((a, b) => Number(a.timestamp - b.timestamp))) take(update);
    const since = waiting ?? [];
    waiting = undefined;
    for (const update of since) take(update);
  });
  return () => {
    over = true;
    stop();
  };
}

/** The last messages of a topic, at most `most`; none where nothing was published, or nobody says. */
async function pastOf<C extends Channel>(
  client: Pick<Client, "history">,
  channel: C,
  symbol: string,
  most: number,
): Promise<Update<C>[]> {
  const found: Update<C>[] = [];
  try {
    const { first, last } = await client.history(channel, symbol, 0, 0);
    for (let from = Math.max(first, last - most + 1); from <= last;) {
      const { messages } = await client.history(channel, symbol, from, PAGE);
      if (messages.length === 0) break;
      // The codec checked each message against the schema of its channel.
      found.push(...messages as unknown as Update<C>[]);
      from = found[found.length - 1].seq + 1;
    }
  } catch {
    // What was is a convenience; what is comes in any case.
  }
  return found;
}
