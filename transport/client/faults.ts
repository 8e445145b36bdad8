import { ProtocolError } from "../protocol/errors.ts";
import { DebugLog, type ErrorReport, withoutSecrets } from "./report.ts";
import type { Counters } from "./stats.ts";

/** Who is told of what goes wrong. */
export interface FaultsOptions {
  readonly debug?: (line: string) => void;
  readonly report?: (report: ErrorReport) => void;
}

/** What went wrong: counted, logged, and reported to who opted in. Nothing that is told here can throw. */
export class Faults {
  readonly log: DebugLog;
  /** The last error that no caller waited for. */
  last: ProtocolError | undefined;
  readonly #options: FaultsOptions;
  readonly #counters: Counters;
  readonly #client: () => Pick<ErrorReport, "state" | "carrier" | "stats">;

  constructor(
    options: FaultsOptions,
    now: () => number,
    counters: Counters,
    client: () => Pick<ErrorReport, "state" | "carrier" | "stats">,
  ) {
    this.log = new DebugLog(now, options.debug);
    this.#options = options;
    this.#counters = counters;
    this.#client = client;
  }

  /** An error of the connection. */
  failed(error: ProtocolError): void {
    const { message, data: { code, name, category } } = this.last = error;
    this.#counters.errors[category]++;
    this.log.note(`error ${code} ${name}: ${message}`);
    const { state, carrier, stats } = this.#client(), { lines: log } = this.log;
    try {
      this.#options.report?.({ code, name, category, message: withoutSecrets(message), state, carrier, stats, log });
    } catch (thrown) {
      this.threw(thrown);
    }
  }

  /** A listener threw: that is not ours, and the rest goes on. */
  threw(error: unknown): void {
    const stack = error instanceof Error && !(error instanceof ProtocolError) ? error.stack : undefined;
    this.log.note(`a listener threw, or was ended: ${stack ?? error}`);
  }
}
