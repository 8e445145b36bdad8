import uPlot from "uplot";
import { eachFrame, make, panel } from "./dom.ts";

/** Points kept: when there are so many, every other goes, so that a chart shows all of a run at half the detail. */
const POINTS_MAX = 4000;

/** A mark on a chart: where we bought or sold. */
interface Mark {
  readonly at: number;
  readonly value: number;
  readonly side: "buy" | "sell";
}

/** A line over session time, with marks on it. */
export class Chart {
  readonly element: HTMLElement;
  readonly #times: number[] = [];
  readonly #values: (number | null)[] = [];
  readonly #marks: Mark[] = [];
  readonly #host = make("div", { class: "chart" });
  readonly #title: string;
  readonly #color: string;
  #plot: uPlot | undefined;
  readonly #paint = eachFrame(() => this.#show());

  /** `color` names a variable of the style sheet. */
  constructor(title: string, color: string) {
    this.#title = title;
    this.#color = color;
    this.element = panel(title, this.#host);
    // Colours are drawn into the canvas, and change with the theme.
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#make());
    new ResizeObserver(() => this.#plot?.setSize(this.#size())).observe(this.#host);
  }

  /** Adds a point at a session time in ns; one at the same millisecond takes the place of the last. */
  add(time: bigint, value: number): void {
    const at = Number(time / 1_000_000n) / 1000, last = this.#times.length - 1;
    if (last >= 0 && this.#times[last] >= at) this.#values[last] = value;
    else {
      this.#times.push(at);
      this.#values.push(value);
      if (this.#times.length > POINTS_MAX) this.#thin();
    }
    this.#paint();
  }

  /** Marks where we bought or sold. */
  mark(time: bigint, value: number, side: "buy" | "sell"): void {
    this.#marks.push({ at: Number(time / 1_000_000n) / 1000, value, side });
    if (this.#marks.length > POINTS_MAX) this.#marks.shift();
    this.#paint();
  }

  #thin(): void {
    for (const column of [this.#times, this.#values] as (number | null)[][]) {
      let kept = 0;
      for (let i = 0; i < column.length; i += 2) column[kept++] = column[i];
      column.length = kept;
    }
  }

  #size(): { width: number; height: number } {
    return { width: Math.max(200, this.#host.clientWidth), height: 200 };
  }

  #show(): void {
    if (this.#plot === undefined) this.#make();
    else this.#plot.setData([this.#times, this.#values]);
  }

  #make(): void {
    this.#plot?.destroy();
    const style = getComputedStyle(document.documentElement),
      color = (name: string) => style.getPropertyValue(name).trim();
    const axis = {
      stroke: color("--quiet"),
      grid: { stroke: color("--line"), width: 1 },
      ticks: { stroke: color("--line") },
    };
    const options: uPlot.Options = {
      ...this.#size(),
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      legend: { show: false },
      cursor: { drag: { x: false, y: false } },
      axes: [axis, { ...axis, size: 66 }],
      series: [{}, { label: this.#title, stroke: color(this.#color), width: 1.5, points: { show: false } }],
      hooks: { draw: [(plot) => this.#drawMarks(plot, color("--buy"), color("--sell"))] },
    };
    this.#plot = new uPlot(options, [this.#times, this.#values], this.#host);
  }

  /** Triangles: up where we bought, down where we sold. */
  #drawMarks(plot: uPlot, buy: string, sell: string): void {
    const { ctx } = plot, size = 5 * devicePixelRatio;
    for (const { at, value, side } of this.#marks) {
      const x = plot.valToPos(at, "x", true), y = plot.valToPos(value, "y", true), up = side === "buy" ? 1 : -1;
      if (x < plot.bbox.left || x > plot.bbox.left + plot.bbox.width) continue;
      ctx.fillStyle = side === "buy" ? buy : sell;
      ctx.beginPath();
      ctx.moveTo(x, y);
      ctx.lineTo(x - size, y + up * 1.6 * size);
      ctx.lineTo(x + size, y + up * 1.6 * size);
      ctx.fill();
    }
  }
}
