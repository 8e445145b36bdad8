import { SNAPSHOT_FIRST } from "./outbox.ts";
import type { Topic } from "./topic.ts";

/** Where a client stands in a topic. */
export interface Position {
  readonly epoch: string;
  readonly seq: number;
}

/** How a client goes on in a topic. */
export interface Start {
  /** What it has, or SNAPSHOT_FIRST. */
  readonly cursor: number;
  /** It gets all that it missed. */
  readonly recovered: boolean;
  /** What is gone for good, for an error: "101–500", or of another run. */
  readonly missing?: string;
}

/**
 * How a client goes on from where it says it stands: with exactly what it missed; else with a snapshot; else with what comes from
 * now on, and word of what is gone. Never with a part.
 */
export function startFrom(topic: Topic, from: Position | undefined): Start {
  if (from !== undefined && from.epoch === topic.epoch && topic.covers(from.seq)) {
    return { cursor: from.seq, recovered: true };
  }
  if (topic.spec.snapshot) return { cursor: SNAPSHOT_FIRST, recovered: false };
  const start = { cursor: topic.seq, recovered: false };
  if (from === undefined) return start;
  return { ...start, missing: missingText(topic, from) };
}

function missingText(topic: Topic, from: Position): string {
  if (from.epoch !== topic.epoch) return `all after ${from.seq} of ${from.epoch}, as this is ${topic.epoch}`;
  if (from.seq > topic.seq) return `${from.seq} was never sent; the last is ${topic.seq}`;
  return `${from.seq + 1}–${topic.oldest - 1}, as history begins at ${topic.oldest}`;
}
