import type { ProtocolError } from "../protocol/errors.ts";
import type { ClientEvents } from "./events.ts";
import { linkLost } from "./server_error.ts";
import type { ClientState } from "./state.ts";
import type { ServerHello } from "./update.ts";

/** What is needed of a client to wait for its server. */
export interface Awaited {
  readonly state: ClientState;
  on<Name extends keyof ClientEvents>(name: Name, listener: (event: ClientEvents[Name]) => void): () => void;
}

/** Resolves with the next hello; rejects when the client gives up or is closed. */
export function awaitHello(client: Awaited): Promise<ServerHello> {
  return new Promise((resolve, reject) => {
    const settle = (then: () => void) => {
      for (const stop of stops) stop();
      then();
    };
    const stops = [
      client.on("hello", (hello) => settle(() => resolve(hello))),
      client.on("state", ({ state }) => {
        if (state === "disconnected") settle(() => reject(closed()));
      }),
      client.on("error", (error) => {
        if (client.state === "error") settle(() => reject(error));
      }),
    ];
  });
}

/** What whoever waits is told when a client is closed. */
export function closed(): ProtocolError {
  return linkLost("go on", "the client is closed; call reconnect()");
}
