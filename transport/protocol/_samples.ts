import type { Sender } from "./check.ts";
import type { Channel } from "./channels.ts";
import { errorData } from "./errors.ts";
import type { ChannelMessage, ClientMessage, Message, ServerMessage } from "./messages.ts";

/** One message of each type and channel, by the name of its golden file: who sends it, and what. */
export interface Sample {
  readonly name: string;
  readonly sender: Sender;
  readonly message: Message;
}

/** The first integer that a double cannot hold, and a time in ns: what a careless reader of JSON gets wrong. */
const BEYOND = 9_007_199_254_740_993n, TIME = 1_700_000_000_123_456_789n;

const REQUEST_SAMPLES: readonly ClientMessage[] = [
  {
    type: "hello",
    id: "1",
    data: {
      protocol: 1,
      client: "sample/1",
      token: "header.claims.signature",
      session: "s1",
      connection: "c1",
      positions: [{ channel: "fills", symbol: "BTC", epoch: "e1", seq: 41 }],
      compression: ["deflate", "zstd"],
      window: 65_536,
      timing: true,
    },
  },
  {
    type: "subscribe",
    id: "2",
    data: {
      channel: "fills",
      symbol: "*",
      from: { epoch: "e1", seq: 4_294_967_296 },
      rateMax: 2.5,
      ageMsMax: 100,
      depth: 20,
      where: { side: ["buy"], maker: [true, false], price: [-5, 0.5] },
    },
  },
  { type: "unsubscribe", id: "3", data: { subscription: "2" } },
  {
    type: "command",
    id: "4",
    data: {
      command: {
        kind: "submit",
        side: "buy",
        size: 3,
        price: -2001,
        postOnly: true,
        tags: ["a", null, { deep: 0.25 }],
      },
      key: "k-4",
      expires: 1_700_000_000_500,
    },
  },
  { type: "history", id: "5", data: { channel: "trades", symbol: "BTC", from: 7, most: 100, sparse: true } },
  { type: "presence", id: "6", data: {} },
  { type: "token", id: "7", data: { token: "header.claims.signature" } },
  { type: "ack", data: { bytes: 5_000_000_000 } },
  { type: "ping", id: "8", data: { sent: 1_700_000_000_000.5 } },
  { type: "done", data: { step: 12 } },
  { type: "bye", data: {} },
];

const UPDATES: Readonly<Record<Channel, ChannelMessage["data"]>> = {
  book: { bids: [[-1, 5], [-2, 0]], asks: [[4_294_967_297, 9_007_199_254_740_991]], checksum: 3_915_777_615 },
  bbo: { bid: 99, bidSize: 3, ask: null, askSize: 0 },
  trades: { price: 100, size: 2, side: "sell" },
  bars: { open: 1, high: 4, low: -2, close: 3, volume: 12.75 },
  orders: {
    order: 17,
    clientId: "mine",
    side: "buy",
    kind: "limit",
    tif: "gtc",
    price: 99,
    size: 3,
    filled: 1,
    state: "partially_filled",
    code: "",
    parent: 0,
  },
  fills: { order: 17, side: "buy", price: 99, size: 1, maker: true, fee: "-0.00012500", currency: "USDT" },
  positions: { position: -3, average: 99.5, unrealised: null, currency: "USDT" },
  pnl: { equity: null, cash: "1000.00", fees: 0.1 },
  metrics: { sharpe: 1.25, sortino: null, drawdown: 0.0625, winRate: 0.5, exposure: 1, trades: 8 },
  alerts: { code: "DRAWDOWN", severity: "critical", message: "equity fell “far” <b>\n" },
  signals: { values: { spread: -0.125, zScore: 2, hedgeRatio: null } },
  progress: { rows: 4_294_967_296, total: 4_294_967_297 },
  clock: { time: BEYOND, state: "running", pace: "real", speed: 10 },
  reports: {
    MsgType: "8",
    ExecID: 5,
    OrderID: 17,
    TransactTime: TIME,
    ExecType: "F",
    OrdStatus: "1",
    Symbol: "BTC",
    Side: "buy",
    OrderQty: 3,
    Price: 99,
    LastPx: 99,
    LastQty: 1,
    CumQty: 1,
    LeavesQty: 2,
    AvgPx: 99,
    Commission: null,
    LastLiquidityInd: "1",
    Text: "",
  },
  presence: { joined: ["ann"], left: [], count: 2 },
};

const SNAPSHOTS: Partial<Readonly<Record<Channel, ChannelMessage["data"]>>> = {
  book: { bids: [[99, 3], [98, 1]], asks: [[101, 2]], checksum: 0 },
  bbo: { bid: null, bidSize: 0, ask: 101, askSize: 2 },
  orders: { orders: [UPDATES.orders, { ...UPDATES.orders, clientId: undefined, price: null, side: "sell" }] },
  positions: {
    position: 0,
    average: null,
    realised: "-3.5",
    unrealised: "0",
    fees: "0",
    currency: "USDT",
  },
  pnl: { currency: "USDT", equity: 999.5, cash: "999.5", realised: -0.5, unrealised: 0, fees: 0 },
  metrics: { sharpe: null, sortino: null, drawdown: null, winRate: null, exposure: null, trades: 0 },
  signals: { values: {} },
  progress: { rows: 0, total: 10 },
  clock: { time: TIME, state: "paused", pace: "lockstep", speed: 0.5 },
  presence: { joined: ["ann", "bob"], left: [], count: 2 },
};

function ofChannel(type: "update" | "snapshot", channel: Channel, data: ChannelMessage["data"]): ChannelMessage {
  const symbol = channel === "pnl" || channel === "clock" ? "" : "BTC/USDT";
  return type === "update"
    ? { type, channel, symbol, data, timestamp: TIME, seq: 42, prev: 41 }
    : { type, channel, symbol, data, timestamp: BEYOND, seq: 40, prev: 0, epoch: "e1" };
}

const updates = Object.entries(UPDATES).map(([channel, data]) => ofChannel("update", channel as Channel, data));
const snapshots = Object.entries(SNAPSHOTS).map(([channel, data]) => ofChannel("snapshot", channel as Channel, data));

const PARENT = {
  id: 3,
  algo: "twap",
  instrument: 0,
  symbol: "BTCUSDT",
  side: -1,
  size: 120,
  filled: 7,
  open: 2,
  state: "Working",
  code: 0,
  limit: 618000,
  averagePrice: 618002.5,
  children: 4,
  fills: 3,
  startedSec: 1_700_000_000.25,
  endedSec: null,
  durationSec: 60,
  marketLots: 70,
  participation: 0.1,
  slippage: { arrival: { price: 618001.5, ticks: -1, money: -0.7, bps: null }, vwap: null, close: null },
  notes: ["a split lies between"],
};
const ALERT = {
  time: "2023-11-14T22:13:20.123456789Z",
  severity: "critical",
  code: "DRAWDOWN",
  instrument: null,
  text: "USD: equity is below its peak by 70, limit 60",
  limit: 60,
  observed: 70,
  evidence: { orders: [7, 8], side: "buy" },
} as const;

const ANSWER_SAMPLES: readonly ServerMessage[] = [
  {
    type: "hello",
    id: "1",
    data: {
      protocol: 1,
      session: "s1",
      connection: "c1",
      mode: "paper",
      live: false,
      commands: ["cancel", "submit"],
      channels: ["book", "fills"],
      instruments: [{
        symbol: "BTC",
        venue: "sim",
        kind: "linear",
        tick: "0.01",
        lot: "0.001",
        multiplier: "1",
        currency: "USDT",
      }],
      scopes: ["read", "trade"],
      resumed: true,
      heartbeatMs: 30_000,
      messageBytesMax: 1_048_576,
      window: 65_536,
      compression: null,
    },
  },
  {
    type: "subscribed",
    id: "2",
    data: { subscription: "2", topics: [{ symbol: "BTC", epoch: "e1", seq: 42, recovered: true }] },
  },
  { type: "unsubscribed", id: "3", data: { subscription: "2" } },
  { type: "commanded", id: "4", data: { code: 0, reason: "", order: 17, session: "demo-2" } },
  {
    type: "history",
    id: "5",
    data: { messages: [updates[2], { ...updates[2], seq: 43, prev: 42 }], epoch: "e1", first: 7, last: 43 },
  },
  { type: "present", id: "6", data: { clients: ["ann", "bob"] } },
  { type: "token", id: "7", data: { expires: null } },
  { type: "pong", id: "8", data: { sent: 1_700_000_000_000.5, received: 1_700_000_000_001 } },
  { type: "error", id: "9", data: errorData("UNKNOWN_SYMBOL", "Cannot subscribe: symbol is XYZ") },
  { type: "drain", data: { reconnectMs: 5000, reason: "restart" } },
  { type: "frame", data: { written: 1_700_000_000_001.25, enqueued: 1_700_000_000_000, merged: 3, skipped: 0 } },
  {
    type: "turn",
    data: {
      step: 12,
      time: TIME,
      calls: [
        { call: "onBook", instrument: 0 },
        { call: "onFill", order: 7, instrument: 0, side: -1, price: 618002, size: 2, maker: true },
        { call: "onParent", view: PARENT },
        { call: "onAlert", view: ALERT },
      ],
      markets: [{ bid: 618001, bidSize: 5, ask: null, askSize: 0, position: -2 }],
    },
  },
];

/** Every sample. */
export const SAMPLES: readonly Sample[] = [
  ...REQUEST_SAMPLES.map((message) => ({ name: `${message.type}_request`, sender: "client" as const, message })),
  ...ANSWER_SAMPLES.map((message) => ({ name: `${message.type}_answer`, sender: "server" as const, message })),
  ...[...snapshots, ...updates].map((message) => ({
    name: `${message.channel}_${message.type}`,
    sender: "server" as const,
    message,
  })),
];
