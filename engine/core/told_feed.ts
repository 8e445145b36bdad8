import { Feed } from "./feed.ts";
import type { ToldVenue } from "../venue/told_venue.ts";

/**
 * A feed of which the venue knows of some orders what was said of them: that is here when it is said, and what is asked about them is
 * at the venue at once.
 */
export class ToldFeed extends Feed {
  declare readonly venue: ToldVenue;

  override get done(): boolean {
    return super.done && !this.venue.endless;
  }

  override arrivesAt(slot: number, now: number, due: number): number {
    return this.venue.isTold(slot) ? now : due;
  }

  override answersAt(time: number): number {
    return this.venue.telling ? this.venue.now : time;
  }
}
