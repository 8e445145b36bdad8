import { type Alert, SEVERITIES, type Severity } from "../core/alerts.ts";
import type { LiveEvent } from "./live_event.ts";
import type { LiveTools } from "./live_tools.ts";
import { type Notice, noticeOfAlert, noticeOfEvent } from "./notice.ts";
import { NoticeLane } from "./notice_lane.ts";
import type { NoticeTarget } from "./notice_target.ts";

/** What a notifier is made of. */
export interface NotifierOptions {
  readonly targets: readonly NoticeTarget[];
  /** What it is about: the run's folder, say. */
  readonly run: string;
  /** Less than that is not posted; info unless said. */
  readonly least?: Severity;
  readonly tools: Omit<LiveTools, "tell">;
  /** Hears in one line that notices do not arrive. */
  readonly tell: (line: string) => void;
}

/** What a run that ends waits for its last notices, in ms. */
const LAST_MS = 5000;

/**
 * Posts the alerts of a session, and what happens beside its data, to wherever people hear of them. It is a recorder of the session, and
 * `event` hears what its exchange tells. Nothing of it waits or throws: see {@linkcode NoticeLane}.
 */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #lanes: readonly NoticeLane[];

  constructor(options: NotifierOptions) {
    const { targets, run, tools, tell } = this.#options = options;
    this.#lanes = targets.map((target) => new NoticeLane({ target, run, tools, tell }));
  }

  /** A threshold was crossed, or the kill switch thrown. */
  readonly alert = (alert: Alert): void => this.#add(noticeOfAlert(alert));

  /** Something happened beside the data. */
  readonly event = (event: LiveEvent): void => this.#add(noticeOfEvent(event, this.#options.tools.wall()));

  /** The run is over: what waits leaves, in five seconds at the most. */
  async close(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.close(LAST_MS)));
  }

  #add(notice: Notice): void {
    const { least = "info" } = this.#options;
    if (SEVERITIES.indexOf(notice.severity) < SEVERITIES.indexOf(least)) return;
    for (const lane of this.#lanes) lane.add(notice);
  }
}
