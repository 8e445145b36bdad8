import { button, make, write } from "./dom.ts";

/** What notices are about; of several that stand, the first here is shown. */
const TOPICS = ["connection", "command", "carrier", "session"] as const;
type Topic = typeof TOPICS[number];

/** Something to tell, and what can be done about it. */
export interface Notice {
  readonly text: string;
  /** Something is wrong, rather than just so. */
  readonly bad: boolean;
  readonly action?: readonly [title: string, work: () => void];
}

/** The line below the header that says what is wrong, one thing at a time. */
export class Notices {
  readonly element: HTMLElement;
  readonly #text = make("span");
  readonly #place = make("span", { class: "spacer" });
  readonly #notices = new Map<Topic, Notice>();

  constructor() {
    // The line is there from the start, so that what is written into it is read out.
    this.element = make("div", { class: "banner", role: "status", id: "notice", hidden: true }, [
      this.#text,
      this.#place,
    ]);
  }

  /** Tells something of a topic, or that there is nothing to tell any more. */
  tell(topic: Topic, notice?: Notice): void {
    if (notice) this.#notices.set(topic, notice);
    else this.#notices.delete(topic);
    const shown = TOPICS.map((each) => this.#notices.get(each)).find((each) => each !== undefined);
    this.element.hidden = shown === undefined;
    this.element.classList.toggle("bad", shown?.bad ?? false);
    write(this.#text, shown?.text ?? "");
    this.#place.replaceChildren(...(shown?.action ? [button(...shown.action)] : []));
  }
}
