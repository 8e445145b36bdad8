import { ENTRY, EXIT, FOLLOWING, type Group, isTarget, type Leg, PEER } from "./link_group.ts";
import type { LinkChange, Move } from "./link_request.ts";

/**
 * Writes into the legs of a group what a change asks for. Returns what says, once orders have been sent by that, whether the
 * legs stand as it asked.
 */
export function askedOf({ legs }: Group, change: LinkChange): () => boolean {
  const [first] = legs, { size } = change;
  const moves = legs.map((leg, i) => moveOf(change, leg, first.role === ENTRY ? i - 1 : i));
  legs.forEach((leg, i) => {
    const move = moves[i];
    if (move) leg.request = { ...leg.request, ...move };
    if (size !== undefined && leg.role === FOLLOWING) leg.size = leg.size === first.size ? size : leg.size;
    if (size !== undefined && leg.role === PEER) leg.size = size;
  });
  if (size !== undefined && first.role === ENTRY) first.size = size;
  return () =>
    legs.every(({ request }, i) => {
      const move = moves[i];
      return !move ||
        (request.price === (move.price ?? request.price) && request.trigger === (move.trigger ?? request.trigger));
    });
}

/** What of a change is about a leg, which is at `place` among the orders of its group. */
function moveOf(change: LinkChange, leg: Leg, place: number): Move | undefined {
  if (leg.role === ENTRY) return change.entry;
  if (leg.role === EXIT) return isTarget(leg) ? change.target : change.stop;
  return leg.role === PEER || leg.role === FOLLOWING ? change.orders?.[place] : undefined;
}
