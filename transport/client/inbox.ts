import { bytesOf } from "../link/_endpoint.ts";
import type { Link } from "../link/link.ts";

/** What came by a link, until somebody asks for it; of more than it may hold, the link is cut. */
export class Inbox {
  readonly #frames: Uint8Array<ArrayBuffer>[] = [];
  #bytes = 0;
  #over = false;
  #wake = () => {};

  /** Listens to a link from now on. */
  constructor(link: Link, bytesMax: number) {
    link.onFrame = (frame) => {
      const bytes = new Uint8Array(bytesOf(frame));
      this.#bytes += bytes.length;
      if (this.#bytes > bytesMax) return link.terminate();
      this.#frames.push(bytes);
      this.#wake();
    };
    link.onClose = () => {
      this.#over = true;
      this.#wake();
    };
  }

  /** The next frame, when it has come; undefined when the link has ended and all before was taken. One asks at a time. */
  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    while (this.#frames.length === 0 && !this.#over) await new Promise<void>((resolve) => this.#wake = resolve);
    const frame = this.#frames.shift();
    this.#bytes -= frame?.length ?? 0;
    return frame;
  }
}
