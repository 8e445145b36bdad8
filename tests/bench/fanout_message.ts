/** Systems that are held against one another. */
export type FanoutSystem = "hub" | "ws" | "socketio";

/** Bytes of a message. */
export const FANOUT_BYTES = 200;

/** What stands before a message's time, its due time in ns: 19 digits, of which the first 16 are microseconds. */
export const TIME_MARK = '"timestamp":"';

/** A symbol so long that a trade of it has 200 bytes. */
export function fanoutSymbol(): string {
  return "X".repeat(FANOUT_BYTES - text("", "1".repeat(19), 100_000).length);
}

/** A trade as the hub sends it in JSON, for those who send texts. */
export function fanoutMessage(dueUs: number): string {
  return text(SYMBOL, `${dueUs}000`, 100_000);
}

const SYMBOL = fanoutSymbol();

function text(symbol: string, timestamp: string, seq: number): string {
  return `{"type":"update","channel":"trades","symbol":"${symbol}","data":{"price":1,"size":1,"side":"buy"},` +
    `${TIME_MARK}${timestamp}","seq":${seq},"prev":${seq - 1}}`;
}
