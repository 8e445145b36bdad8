/** What an exchange said of one order, as the session that sent it heard it. */
export interface ToldAnswer {
  /** When it was heard, ns since 1970-01-01 UTC. */
  readonly at: bigint;
  /** An event of order_life.ts. */
  readonly event: number;
  /** Of a fill and of a ReplaceDone: ticks, and lots. */
  readonly price: number;
  readonly lots: number;
  /** Of a fill: MAKER or TAKER. */
  readonly liquidity: number;
  /** Why, a code; 0 where there is nothing to say. */
  readonly code: number;
}

/** What is known of one order. */
export interface ToldOrder {
  /** In order of time. */
  readonly answers: readonly ToldAnswer[];
  /** When it was asked to be cancelled or amended, ns since 1970-01-01 UTC: what came of that is among the answers, or nothing did. */
  readonly asked: readonly bigint[];
}

/** Orders of which it is known what became of them. */
export interface ToldOrders {
  /** What is known of the order with this id of the session that runs now; undefined where nothing is. */
  find(order: number): ToldOrder | undefined;
  /** The session does not end with its tapes: it goes on until whoever runs it stops it. */
  readonly endless: boolean;
}
