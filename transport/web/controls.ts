import type { UpdateData } from "../client/mod.ts";
import { button, make, write } from "./dom.ts";
import type { Session } from "./session.ts";

const SPEEDS: readonly (readonly [title: string, speed: number])[] = [
  ["1 ×", 1],
  ["10 ×", 10],
  ["60 ×", 60],
  ["600 ×", 600],
  ["fastest", 0],
];

/** Buttons that stop the clock, let it go on, step it, and change its speed; hidden where it is the world's. */
export class Controls {
  readonly element: HTMLElement;
  readonly #toggle: HTMLButtonElement;
  readonly #step: HTMLButtonElement;
  readonly #speed: HTMLSelectElement;
  readonly #can: Session["can"];
  #running = true;

  constructor({ send, can, hello }: Pick<Session, "send" | "can" | "hello">) {
    this.#can = can;
    this.#toggle = button("Pause", () => void send({ kind: this.#running ? "clock_pause" : "clock_resume" }), {
      id: "toggle",
      disabled: true,
    });
    this.#step = button("Step", () => void send({ kind: "clock_step", count: 1 }), { id: "step", disabled: true });
    const options = SPEEDS.map(([text, speed]) => make("option", { value: speed, text }));
    const change = () => {
      const speed = Number(this.#speed.value);
      void send(speed === 0 ? { kind: "clock_speed", pace: "free" } : { kind: "clock_speed", pace: "real", speed });
    };
    this.#speed = make("select", { id: "speed", "aria-label": "Speed", disabled: true, on: { change } }, options);
    const none = !hello.commands.some((kind) => kind.startsWith("clock_"));
    this.element = make("div", { class: "controls", role: "group", "aria-label": "Clock", hidden: none }, [
      this.#toggle,
      this.#step,
      this.#speed,
    ]);
  }

  /** Shows where the clock stands. */
  show({ state, pace, speed }: UpdateData<"clock">): void {
    const over = state === "ended" || state === "failed";
    this.#running = state === "running" || state === "waiting";
    write(this.#toggle, over ? "Ended" : this.#running ? "Pause" : "Resume");
    this.#toggle.disabled = over || !this.#can("clock_pause");
    this.#step.disabled = over || !this.#can("clock_step");
    this.#speed.disabled = over || !this.#can("clock_speed");
    if (document.activeElement === this.#speed || pace === "lockstep") return;
    const value = pace === "free" ? "0" : `${speed}`;
    if (![...this.#speed.options].some((option) => option.value === value)) {
      this.#speed.append(make("option", { value, text: `${speed.toLocaleString("en-US")} ×` }));
    }
    this.#speed.value = value;
  }
}
