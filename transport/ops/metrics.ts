import { visible } from "./redact.ts";
import { HistogramSeries } from "./histogram_series.ts";

/** What a metric is called and how it is split. */
export interface MetricOptions {
  /** In snake_case, with its unit and, for counters, `_total` last: "lockstep_sent_bytes_total". */
  readonly name: string;
  /** One sentence. */
  readonly help: string;
  /** Names of labels, in the order in which `with` takes their values. */
  readonly labels?: readonly string[];
  /** The most sets of label values told apart; others are counted together, as "other". 200. */
  readonly seriesMax?: number;
}

/** A number that only grows. */
export class CounterSeries {
  value = 0;

  /** Adds; less than 0, or no number, is left out. */
  add(count = 1): void {
    if (count > 0) this.value += count;
  }

  /** Takes over a sum that somebody else keeps; one below what was there is a new sum that began at 0. */
  follow(total: number): void {
    if (Number.isFinite(total)) this.value += total >= this.#followed ? total - this.#followed : Math.max(0, total);
    if (Number.isFinite(total)) this.#followed = total;
  }

  #followed = 0;
}

/** A number that goes up and down. */
export class GaugeSeries {
  value = 0;

  add(count = 1): void {
    this.value += count;
  }

  set(value: number): void {
    this.value = value;
  }
}

/** A metric: one series for each set of label values. */
export interface Metric<Series> {
  /**
   * The series of these label values, in the order of the labels; made where there is none. Keep it where it is used often.
   * Throws RangeError for another number of values than there are labels.
   */
  with(...values: string[]): Series;
  /** Forgets a series whose subject has gone: a session that ended. */
  remove(...values: string[]): void;
}

type AnySeries = CounterSeries | GaugeSeries | HistogramSeries;

const OTHER = "other";
const VALUE_LENGTH_MAX = 100;

/**
 * Metrics of a server, and their text for Prometheus (version 0.0.4 of its format).
 *
 * Labels are bounded: a client that makes up names fills no memory, but is counted under "other".
 *
 * | call | cost |
 * |---|---|
 * | adding to a series that was kept | constant |
 * | `with` | constant, a text of its values |
 * | `text` | all series |
 * | memory | at most `seriesMax` series a metric |
 *
 * @example
 * ```ts
 * import { Metrics } from "./metrics.ts";
 * const metrics = new Metrics();
 * const sent = metrics.counter({ name: "sent_total", help: "Messages sent.", labels: ["channel"] });
 * sent.with("book").add(3);
 * if (!metrics.text().includes('sent_total{channel="book"} 3\n')) throw new Error("unexpected");
 * ```
 */
export class Metrics {
  readonly #families = new Map<string, Family<AnySeries>>();
  readonly #collectors = new Set<() => void>();

  /** Throws RangeError, as `gauge` and `histogram` do, for a name that is none or is taken. */
  counter(options: MetricOptions): Metric<CounterSeries> {
    return this.#add(new Family("counter", options, () => new CounterSeries()));
  }

  gauge(options: MetricOptions): Metric<GaugeSeries> {
    return this.#add(new Family("gauge", options, () => new GaugeSeries()));
  }

  /** Counts of observations up to each of `bounds`, which rise. */
  histogram({ bounds, ...options }: MetricOptions & { readonly bounds: readonly number[] }): Metric<HistogramSeries> {
    return this.#add(new Family("histogram", options, () => new HistogramSeries(bounds)));
  }

  /** Calls `collect` before each text, to read what others keep; returns what ends that. */
  onCollect(collect: () => void): () => void {
    this.#collectors.add(collect);
    return () => void this.#collectors.delete(collect);
  }

  /** All of it, as Prometheus reads it. */
  text(): string {
    for (const collect of this.#collectors) collect();
    return [...this.#families.values()].map((family) => family.text()).join("");
  }

  #add<Series extends AnySeries>(family: Family<Series>): Family<Series> {
    if (this.#families.has(family.name)) throw new RangeError(`Cannot add metric ${family.name}: there is one already`);
    this.#families.set(family.name, family);
    return family;
  }
}

class Family<Series extends AnySeries> implements Metric<Series> {
  readonly name: string;
  readonly #type: string;
  readonly #options: Required<MetricOptions>;
  readonly #make: () => Series;
  readonly #series = new Map<string, { readonly values: readonly string[]; readonly series: Series }>();

  constructor(type: string, options: MetricOptions, make: () => Series) {
    const { name, labels = [] } = options;
    const wrong = [name, ...labels].find((each) => !/^[a-z][a-z0-9_]*$/.test(each) || each === "le");
    if (wrong !== undefined) throw new RangeError(`Cannot add metric ${name}: ${wrong} is no name; write snake_case`);
    this.name = name;
    this.#type = type;
    this.#options = { labels: [], seriesMax: 200, ...options };
    this.#make = make;
    // What has no labels is there from the start, so that a rate can be taken of its first change.
    if (labels.length === 0) this.with();
  }

  with(...values: string[]): Series {
    const key = this.#key(values);
    const found = this.#series.get(key);
    if (found !== undefined) return found.series;
    const { labels, seriesMax } = this.#options;
    const other = labels.map(() => OTHER), all = this.#series;
    const own = all.has(JSON.stringify(other)) ? all.size - 1 : all.size;
    const kept = labels.length > 0 && own >= seriesMax - 1 ? other : values.map(bounded);
    const keptKey = JSON.stringify(kept), before = this.#series.get(keptKey);
    if (before !== undefined) return before.series;
    const series = this.#make();
    this.#series.set(keptKey, { values: kept, series });
    return series;
  }

  remove(...values: string[]): void {
    this.#series.delete(this.#key(values));
  }

  text(): string {
    const { help, labels } = this.#options, { name } = this;
    const head = `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${this.#type}\n`;
    const lines = Array.from(this.#series.values(), ({ values, series }) => {
      const pairs = labels.map((label, i) => `${label}="${escaped(values[i]).replaceAll('"', '\\"')}"`);
      return series instanceof HistogramSeries
        ? series.text(name, pairs)
        : `${name}${braced(pairs)} ${numeral(series.value)}\n`;
    });
    return head + lines.join("");
  }

  #key(values: readonly string[]): string {
    const { labels } = this.#options;
    if (values.length !== labels.length) {
      throw new RangeError(
        `Cannot count in ${this.name}: ${values.length} values are given for ${labels.length} labels`,
      );
    }
    return JSON.stringify(values.map(bounded));
  }
}

function bounded(value: string): string {
  return visible(value.slice(0, VALUE_LENGTH_MAX)).slice(0, VALUE_LENGTH_MAX);
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function braced(pairs: readonly string[]): string {
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function numeral(value: number): string {
  return Number.isNaN(value) ? "NaN" : value === Infinity ? "+Inf" : value === -Infinity ? "-Inf" : String(value);
}
