/**
 * The builders of sessions and all that touches the outside: files, processes, the command line.
 *
 * `backtest.ts` builds and runs a session over tapes; `convert.ts` makes tapes; `verify.ts` runs a journal again. The
 * commands stand in `cli/`, one file each.
 *
 * @module
 */
export { backtest, type BacktestOptions, RunError } from "./backtest.ts";
export { type BandedOptions, type BandOptions, bands } from "./bands.ts";
export { convert, type ConvertOptions } from "./convert.ts";
export { inspect } from "./inspect.ts";
export { type FromOptions, MemorySnapshots, type SnapshotOptions, type SnapshotStore } from "./snapshot.ts";
export { SnapshotFolder } from "./snapshot_folder.ts";
