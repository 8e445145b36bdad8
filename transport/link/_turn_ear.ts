import { createSocket } from "node:dgram";

/** A TURN server that relays nothing. */
export interface TurnEar {
  /** "turn:127.0.0.1:3478?transport=udp". */
  readonly url: string;
  /** User names that came with credentials. */
  readonly names: ReadonlySet<string>;
  close(): Promise<void>;
}

/** A TURN server on loopback that asks for credentials, and hears what user names come with them. */
export function turnEar(): Promise<TurnEar> {
  const socket = createSocket("udp4"), names = new Set<string>();
  socket.on("message", (bytes: Uint8Array, { port, address }) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (view.getUint16(0) !== 3) return; // not Allocate
    const name = userName(view);
    if (name !== undefined) return void names.add(name);
    const body = [
      ...attribute(9, new Uint8Array([0, 0, 4, 1, ...utf8("Unauthorized")])),
      ...attribute(0x14, utf8("lockstep")),
      ...attribute(0x15, utf8("nonce")),
    ];
    const head = [0x01, 0x13, body.length >> 8, body.length & 255, ...bytes.subarray(4, 20)];
    socket.send(new Uint8Array([...head, ...body]), port, address);
  });
  return new Promise((resolve) => {
    socket.bind(0, "127.0.0.1", () =>
      resolve({
        url: `turn:127.0.0.1:${socket.address().port}?transport=udp`,
        names,
        close: () => new Promise<void>((done) => socket.close(() => done())),
      }));
  });
}

function userName(view: DataView): string | undefined {
  for (let at = 20; at + 4 <= view.byteLength;) {
    const type = view.getUint16(at), length = view.getUint16(at + 2);
    if (type === 6) return new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + at + 4, length));
    at += 4 + length + (4 - length % 4) % 4;
  }
  return undefined;
}

function attribute(type: number, value: Uint8Array): number[] {
  const { length } = value;
  return [type >> 8, type & 255, length >> 8, length & 255, ...value, ...new Uint8Array((4 - length % 4) % 4)];
}

const utf8 = (text: string) => new TextEncoder().encode(text);
