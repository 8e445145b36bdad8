import type { Network, Socket } from "../engine/live/network.ts";

/** What is done as frames pass. */
export interface Watching {
  /** Before a frame is heard. */
  readonly heard?: (text: string) => void;
  /** Around the sending of one. */
  readonly sending?: (send: () => void) => void;
}

/** A network through which all goes as it is, and is looked at. */
export function watchedNetwork(network: Network, { heard, sending = (send) => send() }: Watching): Network {
  return {
    request: (request) => network.request(request),
    socket: (url): Socket => {
      const socket = network.socket(url);
      const watched: Socket = {
        onOpen: () => {},
        onFrame: () => {},
        onClose: () => {},
        send: (text) => sending(() => socket.send(text)),
        close: () => socket.close(),
      };
      socket.onOpen = () => watched.onOpen();
      socket.onClose = (code, reason) => watched.onClose(code, reason);
      socket.onFrame = (text, at) => {
        heard?.(text);
        watched.onFrame(text, at);
      };
      return watched;
    },
  };
}
