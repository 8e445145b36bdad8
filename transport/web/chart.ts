import uPlot from "uplot";
import { eachFrame, make, panel, write } from "./dom.ts";
import { axisTimes, axisValues, dateText } from "./format.ts";

/** Points kept: when there are so many, every other goes, so that a chart shows all of a run at half the detail. */
const POINTS_MAX = 4000;
const HEIGHT = 200;
/** Pixels between two times: "00:00:00" with some air. */
const TIME_SPACE = 68;

/** A mark on a chart: where we bought or sold. */
interface Mark {
  readonly at: number;
  readonly value: number;
  readonly side: "buy" | "sell";
}

/** What a chart shows. */
export interface ChartOptions {
  readonly title: string;
  /** A variable of the style sheet. */
  readonly color: string;
  /** Writes the newest value. */
  readonly text: (value: number) => string;
}

/** A line over session time, with marks on it, and its newest value in words. */
export class Chart {
  readonly element: HTMLElement;
  readonly #options: ChartOptions;
  readonly #times: number[] = [];
  readonly #values: number[] = [];
  readonly #marks: Mark[] = [];
  readonly #newest = make("b", { class: "newest" });
  readonly #host = make("div", { class: "chart", role: "img" }, [make("p", { class: "empty", text: "Nothing yet." })]);
  readonly #themes = matchMedia("(prefers-color-scheme: dark)");
  readonly #sizes = new ResizeObserver(() => this.#plot?.setSize(this.#size()));
  /** Colours are drawn into the canvas, and change with the theme. */
  readonly #themed = () => this.#make();
  readonly #paint = eachFrame(() => this.#show());
  #plot: uPlot | undefined;
  #closed = false;

  constructor(options: ChartOptions) {
    this.#options = options;
    this.element = panel(options.title, this.#host);
    this.element.firstElementChild?.append(this.#newest);
    this.#host.ariaLabel = `${options.title}: nothing yet`;
    this.#themes.addEventListener("change", this.#themed);
    this.#sizes.observe(this.#host);
  }

  /** Frees what it holds of the page. */
  close(): void {
    this.#closed = true;
    this.#themes.removeEventListener("change", this.#themed);
    this.#sizes.disconnect();
    this.#plot?.destroy();
  }

  /** Adds a point at a session time in ns; one at the same millisecond as another takes its place. What was may come later. */
  add(time: bigint, value: number): void {
    const at = secondsOf(time), times = this.#times;
    let place = times.length;
    while (place > 0 && times[place - 1] >= at) place--;
    if (times[place] === at) this.#values[place] = value;
    else {
      times.splice(place, 0, at);
      this.#values.splice(place, 0, value);
      if (times.length > POINTS_MAX) this.#thin();
    }
    this.#paint();
  }

  /** Marks where we bought or sold. */
  mark(time: bigint, value: number, side: "buy" | "sell"): void {
    this.#marks.push({ at: secondsOf(time), value, side });
    if (this.#marks.length > POINTS_MAX) this.#marks.shift();
    this.#paint();
  }

  #thin(): void {
    for (const column of [this.#times, this.#values]) {
      let kept = 0;
      for (let i = 0; i < column.length; i += 2) column[kept++] = column[i];
      column.length = kept;
    }
  }

  #size(): { width: number; height: number } {
    return { width: Math.max(200, this.#host.clientWidth), height: HEIGHT };
  }

  #show(): void {
    if (this.#closed || this.#times.length === 0) return;
    if (this.#plot === undefined) this.#make();
    else this.#plot.setData([this.#times, this.#values]);
    const { title, text } = this.#options, newest = text(this.#values[this.#values.length - 1]);
    write(this.#newest, newest);
    const at = (place: number) => dateText(BigInt(Math.round(this.#times[place] * 1000)) * 1_000_000n);
    this.#host.ariaLabel = `${title}: ${newest}, from ${at(0)} to ${at(this.#times.length - 1)}`;
  }

  #make(): void {
    if (this.#closed || this.#times.length === 0) return;
    this.#plot?.destroy();
    this.#host.replaceChildren();
    const style = getComputedStyle(document.documentElement),
      color = (name: string) => style.getPropertyValue(name).trim();
    const axis = {
      stroke: color("--quiet"),
      grid: { stroke: color("--line"), width: 1 },
      ticks: { stroke: color("--line") },
    };
    const { title, color: line } = this.#options;
    const options: uPlot.Options = {
      ...this.#size(),
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      legend: { show: false },
      cursor: { show: false },
      // Marks lie beside the line: there is room for them.
      scales: { y: { range: (_plot, low, high) => uPlot.rangeNum(...this.#around(low, high), 0.1, true) } },
      axes: [
        { ...axis, space: TIME_SPACE, values: (_plot, splits, _axis, _space, step) => axisTimes(splits, step) },
        { ...axis, size: widthOf, values: (_plot, splits, _axis, _space, step) => axisValues(splits, step) },
      ],
      series: [{}, { label: title, stroke: color(line), width: 1.5, points: { show: false } }],
      hooks: { draw: [(plot) => this.#drawMarks(plot, color("--buy"), color("--sell"))] },
    };
    this.#plot = new uPlot(options, [this.#times, this.#values], this.#host);
  }

  /** The least and the largest of all that is shown. */
  #around(low: number, high: number): [low: number, high: number] {
    for (const { value } of this.#marks) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    return [low, high];
  }

  /** Triangles: up where we bought, down where we sold. */
  #drawMarks(plot: uPlot, buy: string, sell: string): void {
    const { ctx, bbox } = plot, size = 5 * devicePixelRatio;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const { at, value, side } of this.#marks) {
      const x = plot.valToPos(at, "x", true), y = plot.valToPos(value, "y", true), up = side === "buy" ? 1 : -1;
      ctx.fillStyle = side === "buy" ? buy : sell;
      ctx.beginPath();
      ctx.moveTo(x, y);
      ctx.lineTo(x - size, y + up * 1.6 * size);
      ctx.lineTo(x + size, y + up * 1.6 * size);
      ctx.fill();
    }
    ctx.restore();
  }
}

/** Room for the longest label of an axis of values, in pixels. */
function widthOf(_plot: uPlot, labels: readonly string[] | null): number {
  const longest = (labels ?? []).reduce((most, { length }) => Math.max(most, length), 0);
  return Math.max(44, 7.5 * longest + 18);
}

function secondsOf(time: bigint): number {
  return Number(time / 1_000_000n) / 1000;
}
