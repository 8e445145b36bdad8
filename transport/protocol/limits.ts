import { ProtocolError } from "./errors.ts";

/** How much a frame may hold before anything is made of it: what is inside is counted first, then parsed. */
export interface FrameLimits {
  /** Lists and objects inside one another, the frame itself being the first. */
  readonly nesting: number;
  /** Keys of all objects together. */
  readonly keys: number;
  /** Elements of all lists and objects together. */
  readonly elements: number;
}

/** Limits by who sent the frame: a client's are narrow, a server's leave room for a history of a deep book. */
export const FRAME_LIMITS: Readonly<Record<"client" | "server", FrameLimits>> = {
  client: { nesting: 16, keys: 65_536, elements: 131_072 },
  server: { nesting: 16, keys: 1_048_576, elements: 2_097_152 },
};

/** Keys that reach an object's prototype in JavaScript; no name in the protocol may be one of them. */
export const PROTOTYPE_KEYS: readonly string[] = ["__proto__", "constructor", "prototype"];

/** The error for a frame beyond a limit. */
export function beyondLimit(what: keyof FrameLimits, most: number): ProtocolError {
  const found = what === "nesting" ? `its nesting is deeper than ${most}` : `it has more than ${most} ${what}`;
  return new ProtocolError("TOO_DEEP", `Cannot read a frame: ${found}`);
}

/** The error for a frame that is not written as its codec has it. */
export function malformed(what: string): ProtocolError {
  return new ProtocolError("MALFORMED", `Cannot read a frame: ${what}`);
}
