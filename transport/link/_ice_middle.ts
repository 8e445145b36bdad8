import { createSocket, type Socket } from "node:dgram";
import type { AddressInfo } from "node:net";

/**
 * Stands between the two ends of data channels on loopback, as a router does: ways that are found while it is there lead through
 * it, and end when it is cut; those that are found later are others.
 */
export class IceMiddle {
  readonly #restore: typeof RTCPeerConnection;
  #sockets: Socket[] = [];
  #alive = { yes: true };

  /** Puts itself before the class that connections are made of; WebRTC must be in use. */
  constructor() {
    const Base = this.#restore = RTCPeerConnection, through = (port: number) => this.#through(port);
    globalThis.RTCPeerConnection = class extends Base {
      override async addIceCandidate(candidate?: RTCIceCandidateInit | null): Promise<void> {
        if (!candidate?.candidate) return await super.addIceCandidate(candidate);
        // foundation component protocol priority address port …
        const parts = candidate.candidate.split(" ");
        parts[5] = `${await through(Number(parts[5]))}`;
        const { sdpMid, sdpMLineIndex } = candidate;
        await super.addIceCandidate({ sdpMid, sdpMLineIndex, candidate: parts.join(" ") });
      }

      override setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
        const sdp = description.sdp?.replace(/^a=(candidate|end-of-candidates).*\r?\n/gm, "");
        return super.setRemoteDescription({ ...description, type: description.type, sdp });
      }
    };
  }

  /** Carries nothing on the ways there are any more. */
  cut(): void {
    this.#alive.yes = false;
    this.#alive = { yes: true };
  }

  /** Goes away. */
  async close(): Promise<void> {
    globalThis.RTCPeerConnection = this.#restore;
    await Promise.all(this.#sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
  }

  /** A port that leads to another; who is led there sees one that leads back. */
  async #through(port: number): Promise<number> {
    const alive = this.#alive, front = await this.#bound(), backs = new Map<number, Promise<Socket>>();
    front.on("message", async (bytes: Uint8Array, { port: from }) => {
      if (!backs.has(from)) {
        const made = this.#bound();
        backs.set(from, made);
        (await made).on("message", (answer: Uint8Array) => void (alive.yes && front.send(answer, from, "127.0.0.1")));
      }
      const back = await backs.get(from)!;
      if (alive.yes) back.send(bytes, port, "127.0.0.1");
    });
    return (front.address() as AddressInfo).port;
  }

  #bound(): Promise<Socket> {
    const socket = createSocket("udp4");
    this.#sockets.push(socket);
    return new Promise((resolve) => socket.bind(0, "127.0.0.1", () => resolve(socket)));
  }
}
