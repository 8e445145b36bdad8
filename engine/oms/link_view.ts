import { ENTRY, filledBy, type Group, openLots, PEER } from "./link_group.ts";
import type { LinkView } from "./link_request.ts";

/** A copy of a group as it stands; `over`: nothing of it is open, on its way or to come. */
export function viewOf(group: Group, over: boolean): LinkView {
  const { id, kind, code, excess, state } = group, [first] = group.legs;
  return {
    id,
    kind,
    state: over && (state === "Working" || state === "Closing") ? "Done" : state,
    filled: first.role === ENTRY ? first.filled : filledBy(group, PEER),
    open: kind === "bracket" ? openLots(group) : 0,
    excess,
    code,
    orders: [...group.orders.keys()],
  };
}
