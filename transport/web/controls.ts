import { make } from "./dom.ts";

/** The clock as the channel says it. */
export interface ClockState {
  readonly state: string;
  readonly pace: string;
  readonly speed: number;
}

const SPEEDS: readonly (readonly [title: string, speed: number])[] = [
  ["1 ×", 1],
  ["10 ×", 10],
  ["60 ×", 60],
  ["600 ×", 600],
  ["as fast as it goes", 0],
];

/** Sends a command; it says what went wrong itself. */
export type Send = (command: Readonly<Record<string, unknown>> & { kind: string }) => Promise<unknown>;

/** Buttons that stop the clock, let it go on, step it, and change its speed. */
export class Controls {
  readonly element: HTMLElement;
  readonly #toggle: HTMLButtonElement;
  readonly #step: HTMLButtonElement;
  readonly #speed: HTMLSelectElement;
  readonly #can: ReadonlySet<string>;
  #running = true;

  /** `can`: kinds of commands that the session takes from us. */
  constructor(send: Send, can: ReadonlySet<string>) {
    this.#can = can;
    const click = (work: () => void) => ({ click: work });
    this.#toggle = make("button", {
      type: "button",
      id: "toggle",
      text: "Pause",
      on: click(() => void send({ kind: this.#running ? "clock_pause" : "clock_resume" })),
    });
    this.#step = make("button", {
      type: "button",
      id: "step",
      text: "Step",
      on: click(() => void send({ kind: "clock_step", count: 1 })),
    });
    const options = SPEEDS.map(([text, speed]) => make("option", { value: speed, text }));
    this.#speed = make("select", {
      id: "speed",
      "aria-label": "Speed",
      on: {
        change: () => {
          const speed = Number(this.#speed.value);
          void send(speed === 0 ? { kind: "clock_speed", pace: "free" } : { kind: "clock_speed", pace: "real", speed });
        },
      },
    }, options);
    this.element = make("div", { class: "controls", role: "group", "aria-label": "Clock" }, [
      this.#toggle,
      this.#step,
      this.#speed,
    ]);
  }

  /** Shows where the clock stands. */
  show({ state, pace, speed }: ClockState): void {
    const over = state === "ended" || state === "failed";
    this.#running = state === "running" || state === "waiting";
    this.#toggle.textContent = over ? "Ended" : this.#running ? "Pause" : "Resume";
    this.#toggle.disabled = over || !this.#can.has("clock_pause");
    this.#step.disabled = over || !this.#can.has("clock_step");
    this.#speed.disabled = over || !this.#can.has("clock_speed");
    const value = pace === "free" ? "0" : `${speed}`;
    if (document.activeElement !== this.#speed && [...this.#speed.options].some((option) => option.value === value)) {
      this.#speed.value = value;
    }
  }
}
