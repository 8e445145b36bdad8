import type { Leg } from "./order_story.ts";

type Mutable<T> = { -readonly [key in keyof T]: T[key] };

/** An order's requests with the answers to them: each is put where the one before it left off. */
export class OrderLegs {
  readonly #list: Mutable<Leg>[] = [];

  get list(): readonly Leg[] {
    return this.#list;
  }

  /** A request leaves. */
  sent(request: Pick<Leg, "what" | "from" | "sent" | "price" | "size">): void {
    this.#list.push({ ...request, arrived: null, answered: null, heard: null, answer: null });
  }

  /** The oldest that was on its way is at the venue; returns what it asks for. */
  arrived(time: bigint): string {
    const leg = this.#list.find(({ arrived }) => arrived === null);
    if (leg === undefined) return "request";
    leg.arrived = time;
    return leg.what;
  }

  /** The venue answers the oldest that it had not. */
  answered(time: bigint, answer: string, late: Leg["late"]): void {
    const leg = this.#list.find(({ arrived, answered }) => arrived !== null && answered === null);
    if (leg === undefined) return;
    leg.answered = time;
    leg.answer = answer;
    if (late) leg.late = late;
  }

  /** An answer is here. What an exchange said (`away`) is known only now; `fill`: it is one, and so answers no cancel or amend. */
  heard(time: bigint, answer: string, { away, fill }: { readonly away: boolean; readonly fill: boolean }): void {
    const leg = this.#list.find(({ what, answered, heard }) =>
      heard === null && (away ? !fill || what === "new" : answered !== null)
    );
    if (leg === undefined) return;
    leg.heard = time;
    leg.answer ??= answer;
  }
}
