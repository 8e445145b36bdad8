import type { InstrumentSpec } from "../core/instrument.ts";
import type { Endpoints, Exchange } from "../live/exchange.ts";
import type { LiveEvent } from "../live/live_event.ts";
import type { LiveTools } from "../live/live_tools.ts";
import { Recorder, type Resumed } from "../live/recorder.ts";
import { RecordingFolder } from "./recording_folder.ts";

/** What {@linkcode record} is given. */
export interface RecordOptions {
  readonly exchange: Exchange;
  /** By the exchange's names. */
  readonly symbols: readonly string[];
  readonly endpoints: Endpoints;
  /** The folder that it goes to; made where there is none, gone on with where it holds the same. */
  readonly out: string;
  readonly tools: LiveTools;
  /** When another part begins; see `RecorderOptions`. */
  readonly rotate?: { readonly bytes?: number; readonly ms?: number };
  /** When frames are made to reach the disk; see `RecordingFolder`. */
  readonly sync?: string;
  /** How long it goes on once all books are whole, in ms; until `signal` aborts where absent. */
  readonly forMs?: number;
  /** Ends it. */
  readonly signal?: AbortSignal;
  /** Hears what is recorded, and what was found where it goes on. */
  readonly onBegun?: (instruments: readonly InstrumentSpec[], resumed: Resumed | undefined) => void;
}

/** What a recording came to. */
export interface Recorded {
  /** Lines, those of no instrument too. */
  readonly lines: number;
  /** Times that updates were missing. */
  readonly gaps: number;
}

/**
 * Records the market of some instruments of an exchange until its time is over or `signal` aborts.
 *
 * Throws RangeError for what the exchange does not list and for a folder that holds something else, and what went wrong: the
 * market cannot be reached or is refused, or something cannot be written. What was recorded until then is kept and completed.
 */
export async function record(options: RecordOptions): Promise<Recorded> {
  const { exchange, symbols, endpoints, out } = options;
  const specs = await exchange.instruments(symbols, endpoints, options.tools);
  const { recorder, tools, resumed } = diskRecorder(out, specs, options);
  options.onBegun?.(specs, resumed);
  const { gaps, error } = await take(specs, recorder, { ...options, tools })
    .then((gaps) => ({ gaps, error: undefined }), (error: unknown) => ({ gaps: 0, error }));
  await recorder.close();
  if (recorder.failure !== undefined) throw recorder.failure;
  if (error !== undefined) throw error;
  return { gaps, lines: recorder.lines };
}

/** What {@linkcode diskRecorder} is given. */
export interface DiskRecorderOptions extends Pick<RecordOptions, "exchange" | "tools" | "rotate" | "sync"> {
  /** False where tapes are written elsewhere. */
  readonly tapes?: boolean;
}

/**
 * A recorder to a folder, and tools by which it hears what happens beside the data. Throws as `RecordingFolder`.
 *
 * Whoever makes it closes it; before that, `onFailed` is to be set to what ends the market.
 */
export function diskRecorder(
  out: string,
  specs: readonly InstrumentSpec[],
  { exchange, sync, rotate, tapes, tools: given }: DiskRecorderOptions,
): { readonly recorder: Recorder; readonly tools: LiveTools; readonly resumed: Resumed | undefined } {
  const heard: { by?: Recorder } = {};
  const tell = (event: LiveEvent): void => {
    heard.by?.hear(event);
    given.tell(event);
  };
  const tools = { ...given, tell };
  const about = {
    venue: exchange.name,
    format: exchange.format,
    instruments: new Map(specs.map((spec) => [spec.symbol, spec])),
  };
  const store = new RecordingFolder(out, { ...about, sync });
  const recorder = heard.by = new Recorder({ ...about, store, tools, rotate, tapes });
  return { recorder, tools, resumed: store.resumed };
}

/** Takes what comes until it is over; how often updates were missing. */
async function take(specs: readonly InstrumentSpec[], recorder: Recorder, options: RecordOptions): Promise<number> {
  const { exchange, endpoints, tools, signal, forMs = Infinity } = options;
  if (recorder.failure !== undefined) throw recorder.failure;
  const over = Promise.withResolvers<void>(), end = () => over.resolve();
  recorder.onFailed = over.reject;
  signal?.addEventListener("abort", end);
  if (signal?.aborted) end();
  const into = new Map(specs.map((instrument) => [instrument.symbol, {
    instrument,
    sink: recorder.sink(instrument.symbol),
  }]));
  const feed = exchange.market({ endpoints, into, record: recorder, failed: over.reject }, tools);
  let timer = (): void => {};
  feed.open().then(() => {
    if (forMs < Infinity) timer = tools.timers.after(forMs, end);
  }, over.reject);
  try {
    await over.promise;
    return feed.figures.gaps;
  } finally {
    timer();
    signal?.removeEventListener("abort", end);
    feed.close();
  }
}
