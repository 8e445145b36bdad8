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
  /** Before these, a few of all there were since the session began, where the server has them. */
  readonly sparse?: boolean;
  /** Of what is to come. */
  readonly wishes?: Wishes;
}

/**
 * Hears a channel from as far back as the server keeps it: who opens the page late, or when all is over, sees what was. Each
 * message comes once and in order; a snapshot only where it is newer than all that came, as for a page that lags. Returns what
 * ends it.
 */
export function follow<C extends Channel>(
  client: Pick<Client, "listen" | "history">,
  { channel, symbol, past = [symbol], most, sparse, wishes }: Followed<C>,
  heard: (update: Update<C>) => void,
): () => void {
  const newest = new Map<string, number>();
  let waiting: Update<C>[] | undefined = [], over = false;
  const take = (update: Update<C>) => {
    if (over || update.seq <= (newest.get(update.symbol) ?? 0)) return;
    newest.set(update.symbol, update.seq);
    heard(update);
  };
  const stop = client.listen(channel, symbol, (update) => waiting ? void waiting.push(update) : take(update), wishes);
  void Promise.all(past.map((each) => pastOf(client, { channel, symbol: each, most, sparse }))).then((lists) => {
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

/** The last messages of a topic, at most `most`, after a few of those before where they are wanted; none where nothing was published, or nobody says. */
async function pastOf<C extends Channel>(
  client: Pick<Client, "history">,
  { channel, symbol, most, sparse = false }: Pick<Followed<C>, "channel" | "symbol" | "most" | "sparse">,
): Promise<Update<C>[]> {
  const found: Update<C>[] = [];
  /** Those from one sequence to another, both included. */
  const read = async (from: number, to: number, sparse: boolean) => {
    while (from <= to) {
      const { messages } = await client.history(channel, symbol, from, PAGE, sparse);
      if (messages.length === 0) break;
      // The codec checked each message against the schema of its channel.
      found.push(...messages.filter(({ seq }) => seq <= to) as unknown as Update<C>[]);
      from = messages[messages.length - 1].seq + 1;
    }
  };
  try {
    const { first, last } = await client.history(channel, symbol, 0, 0), start = Math.max(first, last - most + 1);
    if (sparse) await read(1, start - 1, true);
    await read(start, last, false);
  } catch {
    // What was is a convenience; what is comes in any case.
  }
  return found;
}
