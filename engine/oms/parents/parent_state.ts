import { loadKeeper, loadValue, saveKeeper, saveValue } from "../../core/plain_state.ts";
import type { StateReader } from "../../core/state_reader.ts";
import type { StateWriter } from "../../core/state_writer.ts";
import type { Algo } from "./algo.ts";
import { Parent } from "./parent.ts";
import { Waiting } from "./waiting.ts";

/** Keeps a parent and its algo in a snapshot. */
export function saveParent(to: StateWriter, parent: Parent): void {
  const what = `parent ${parent.id}`;
  saveValue(to, { ...parent, algo: undefined }, what);
  to.flag(parent.algo instanceof Waiting);
  saveKeeper(to, parent.algo, `the ${parent.name} of ${what}`);
}

/** Makes again what {@linkcode saveParent} kept; `algoOf` makes its algo, one that waits where the flag is true. */
export function loadParent(from: StateReader, algoOf: (parent: Parent, waiting: boolean) => Algo): Parent {
  const kept = loadValue(from) as Parent;
  const parent = Object.assign(new Parent(kept.id, kept.request, kept.instrument, kept.over), kept);
  parent.algo = algoOf(parent, from.flag());
  loadKeeper(from, parent.algo, `the ${parent.name} of parent ${parent.id}`);
  return parent;
}
