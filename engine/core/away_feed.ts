import { ArrivingFeed } from "./arriving_feed.ts";
import { OUR_DATA } from "./event_queue.ts";

/**
 * A feed of an instrument that an exchange matches: rows are seen as they arrive, requests leave at once, and what becomes of them
 * is told by the exchange (`Session.report`). Nothing is worked out here, so nothing waits for what is known.
 */
export class AwayFeed extends ArrivingFeed {
  readonly rowsLate = 0;
  readonly rowsLateNsMax = 0;
  readonly next = Infinity;
  readonly nextKind = OUR_DATA;

  override get exchangeTime(): number {
    return Infinity;
  }

  override applyExchange(_limit: number): boolean {
    return true;
  }

  override keepPace(): void {}

  protected override heardRow(): void {}
}
