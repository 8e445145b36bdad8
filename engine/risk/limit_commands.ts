import type { CommandFields, CommandKind } from "../core/command.ts";
import type { Instrument } from "../core/instrument.ts";
import { instrumentNames } from "../core/instrument_names.ts";
import type { Limit } from "./limits.ts";
import type { Risk } from "./risk.ts";

/**
 * Commands about limits, the only way by which any changes while a session runs: set_limit and restrict.
 *
 * The scope is "session", "account", "strategy", "instruments.BTCUSDT", or "instruments" for every one. What is open already
 * stays, and counts.
 */
export function limitCommands(risk: Risk, instruments: readonly Instrument[]): Readonly<Record<string, CommandKind>> {
  const scopeOf = (instrument: unknown) => `instruments.${instrumentNames(instruments)[instrument as number]}`;
  const args = ({ scope, name, value }: CommandFields) => [scope as string, name as string, value as Limit] as const;
  return {
    set_limit: {
      about: "Changes a limit from now on.",
      fields: { scope: { type: "text" }, name: { type: "text" }, value: { type: "limit" } },
      check: (fields) => risk.checkSet(...args(fields)),
      apply: (fields) => risk.set(...args(fields)),
    },
    restrict: {
      about: "Puts an instrument on the restricted list, or takes it off.",
      fields: { instrument: { type: "instrument" }, on: { type: "flag" } },
      apply: ({ instrument, on }) => risk.set(scopeOf(instrument), "restricted", on as boolean),
    },
  };
}
