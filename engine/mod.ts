/**
 * The engine: one deterministic core and all that runs it.
 *
 * Pure rooms, which import only each other: `core`, `book`, `venue`, `oms`, `risk`, `account`, `agents`, `feed`, `stats`. `live`
 * speaks with exchanges over sockets that are handed in; `run` builds sessions out of all of them and does the input and
 * output. A lint rule keeps it so.
 *
 * @module
 */
export * from "./run/mod.ts";
export * from "./stats/mod.ts";
