/** How a client stands to its server. */
export type ClientState = "disconnected" | "connecting" | "connected" | "reconnecting" | "error";

/**
 * What moves it: `open`, somebody wants a connection; `welcome`, the server said hello; `lost`, link or attempt failed and another
 * attempt follows; `refused`, it failed and none follows; `close`, nobody wants it any more.
 */
export type StateEvent = "open" | "welcome" | "lost" | "refused" | "close";

const TABLE: Readonly<Record<ClientState, Readonly<Partial<Record<StateEvent, ClientState>>>>> = {
  disconnected: { open: "connecting", close: "disconnected" },
  connecting: { welcome: "connected", lost: "reconnecting", refused: "error", close: "disconnected" },
  connected: { lost: "reconnecting", refused: "error", close: "disconnected" },
  reconnecting: {
    open: "reconnecting",
    welcome: "connected",
    lost: "reconnecting",
    refused: "error",
    close: "disconnected",
  },
  error: { open: "connecting", close: "disconnected" },
};

/**
 * The life of a connection as a table of (state, event); what is absent is a bug and throws. Listeners hear of changes alone.
 *
 * | state | open | welcome | lost | refused | close |
 * |---|---|---|---|---|---|
 * | disconnected | connecting | | | | disconnected |
 * | connecting | | connected | reconnecting | error | disconnected |
 * | connected | | | reconnecting | error | disconnected |
 * | reconnecting | reconnecting | connected | reconnecting | error | disconnected |
 * | error | connecting | | | | disconnected |
 */
export class StateMachine {
  #state: ClientState = "disconnected";
  readonly #changed: (to: ClientState, from: ClientState) => void;

  constructor(changed: (to: ClientState, from: ClientState) => void = () => {}) {
    this.#changed = changed;
  }

  /** Where it stands. */
  get state(): ClientState {
    return this.#state;
  }

  /** Takes an event; throws where the table has none. */
  on(event: StateEvent): void {
    const from = this.#state;
    const to = TABLE[from][event];
    if (to === undefined) throw new Error(`Bug: ${event} in state ${from} has no row in the table`);
    this.#state = to;
    if (to !== from) this.#changed(to, from);
  }
}
