import { Fallback, type FallbackOptions } from "../link/fallback.ts";
import type { Link } from "../link/link.ts";
import type { Quality } from "../link/quality.ts";
import { isProbed, watchQuality } from "../link/quality_watch.ts";
import type { CodecName } from "../protocol/codec.ts";
import type { Timers } from "../link/timers.ts";
import type { Connector } from "./connector.ts";
import type { Dial } from "./dial.ts";
import { Trial } from "./trial.ts";

/** When a data channel is left and returned to, and how that is found out. */
export interface FallBackOptions extends FallbackOptions {
  /** How often the data channel in use is probed, ms; 1000. */
  readonly probeMs?: number;
  /** Whether the client is to be on a data channel from the start; else from `want(true)` on. True. */
  readonly wanted?: boolean;
  /** Hears where the client is not on the data channel that it wants, and why; undefined when it is, or wants none. */
  readonly onAway?: (why: Away | undefined) => void;
}

/** Why a data channel was left: it did badly, or it was lost or could not be had. */
export type Away = "poor" | "lost";

/** What a keeper is made with by its client. */
export interface FallbackHost {
  readonly clock: Timers;
  readonly codec: CodecName;
  readonly dials: readonly Dial[];
  readonly log: { note(text: string): void };
  /** What keeps the link. */
  connector(): Pick<Connector, "prefer" | "move">;
}

/** Makes the keeper of a client. */
export type MakeFallback = (host: FallbackHost) => FallbackKeeper;

/**
 * Has a client leave a data channel that does badly, and return when one does well again, without loss. The first dial is the data
 * channel's, the second one where to go from it: `connect({ dial: [peerDial, webSocketDial(url)], fallback: fallBack() })`.
 *
 * Not a part of mod.ts: a page that has no data channels does not load it. With one dial alone `connect` throws TypeError.
 *
 * @example
 * ```ts
 * import { type Client, connect, type Dial, webSocketDial } from "./mod.ts";
 * import { fallBack } from "./fallback_keeper.ts";
 *
 * function watch(peerDial: Dial): Client {
 *   return connect({ dial: [peerDial, webSocketDial("ws://127.0.0.1:8787/ws")], fallback: fallBack({ holdMs: 30_000 }) });
 * }
 * ```
 */
export function fallBack(options: FallBackOptions = {}): MakeFallback {
  return (host) => new FallbackKeeper(host, options);
}

/**
 * Watches the data channel that a client is on, and moves the client by what `Fallback` decides.
 *
 * Away from it, it tries another data channel when the time for that has come: one is opened, probed before anything is said over
 * it, and gone over to when it has stayed good; else it is cut, and the next trial is later.
 *
 * Cost: a probe and its echo a second, 5 bytes each; no data channel is held open while away.
 */
export class FallbackKeeper {
  /** The dials for the client to begin with. */
  readonly dials: readonly Dial[];
  readonly #peer: Dial;
  readonly #others: readonly Dial[];
  readonly #host: FallbackHost;
  readonly #options: FallBackOptions;
  readonly #fallback: Fallback;
  /** The link in use; undefined where there is none. */
  #link: Link | undefined;
  #quality: Quality | null = null;
  #stop = () => {};
  /** A data channel that was tried and found good. */
  #tried: Link | undefined;
  #wanted: boolean;
  /** Why the data channel was left last. */
  #why: Away = "lost";
  #away: Away | undefined;

  constructor(host: FallbackHost, options: FallBackOptions) {
    const [peer, ...others] = host.dials;
    if (others.length === 0) {
      throw new TypeError("Cannot fall back: there is one dial; give a data channel's, and then another's");
    }
    this.#host = host;
    this.#options = options;
    this.#fallback = new Fallback(options);
    this.#peer = (wish) => this.#takeTried() ?? peer(wish);
    this.#others = others;
    this.#wanted = options.wanted ?? true;
    this.dials = this.#wanted ? [this.#peer, ...others] : others;
  }

  /** How well the data channel in use does, of late; null where there is none. */
  get quality(): Quality | null {
    return this.#quality;
  }

  /** Has the client go over to a data channel, or leave it for good; rejects, and all is as it was, where that cannot be had. */
  async want(peer: boolean): Promise<void> {
    const before = this.#wanted, link = this.#link;
    this.#wanted = peer;
    try {
      if (peer) await this.#host.connector().move(this.#peer);
      else if (link && isProbed(link)) await this.#leave();
      else if (link) this.linked(link);
    } catch (error) {
      this.#wanted = before;
      throw error;
    }
  }

  /** The client is on this link now. */
  linked(link: Link): void {
    this.stop();
    this.#link = link;
    const { clock } = this.#host;
    if (isProbed(link)) {
      this.#fallback.arrived("datachannel", clock.now());
      this.#tell(undefined);
      this.#stop = watchQuality(link, {
        probeMs: this.#options.probeMs,
        after: (ms, fn) => clock.after(ms, fn),
        onQuality: (quality) => this.#judge(link, quality),
      });
    } else if (this.#wanted) {
      this.#fallback.arrived("websocket", clock.now());
      this.#tell(this.#why);
      this.#awaitTrial(link);
    } else this.#tell(undefined);
  }

  /** The link is gone: from a data channel the client goes elsewhere first. */
  lost(): void {
    const wasPeer = this.#link && isProbed(this.#link);
    this.stop();
    if (!wasPeer) return;
    this.#why = "lost";
    this.#fallback.observe("lost", this.#host.clock.now());
    this.#host.connector().prefer(this.#others[0]);
  }

  /** Watches and tries nothing any more. */
  stop(): void {
    this.#stop();
    this.#stop = () => {};
    this.#link = undefined;
    this.#quality = null;
    this.#tried?.terminate();
    this.#tried = undefined;
  }

  #judge(link: Link, quality: Quality): void {
    this.#quality = quality;
    if (this.#fallback.observe(quality, this.#host.clock.now()) === "datachannel") return;
    this.#host.log.note(`the data channel does badly: ${JSON.stringify(quality)}`);
    this.#stop();
    this.#why = "poor";
    // Who cannot go elsewhere is better off here than nowhere.
    this.#leave().catch(() => this.#link === link && this.linked(link));
  }

  /** Moves to the first of the other carriers that can be had. */
  async #leave(): Promise<void> {
    const link = this.#link;
    for (const [i, dial] of this.#others.entries()) {
      try {
        return await this.#host.connector().move(dial);
      } catch (error) {
        if (this.#link !== link || i === this.#others.length - 1) throw error;
      }
    }
  }

  #tell(away: Away | undefined): void {
    if (away === this.#away) return;
    this.#away = away;
    this.#options.onAway?.(away);
  }

  #awaitTrial(link: Link): void {
    const { clock } = this.#host;
    this.#stop = clock.after(Math.max(0, this.#fallback.returnAt - clock.now()), () => this.#try(link));
  }

  /** Tries a data channel while the client is on another link. */
  #try(link: Link): void {
    const { clock, codec, log, connector } = this.#host;
    const vain = (why: string) => {
      if (this.#link !== link) return;
      log.note(`no data channel yet: ${why}`);
      this.#awaitTrial(link);
    };
    const failed = (why: string) => {
      this.#fallback.tried("lost", clock.now());
      vain(why);
    };
    const trial = new Trial(() => this.#peer({ codec }), {
      ...{ clock, failed },
      done: (tried, quality) => {
        if (this.#fallback.tried(quality, clock.now()) === "websocket") {
          tried.terminate();
          return vain(JSON.stringify(quality));
        }
        this.#tried = tried;
        connector().move(this.#peer).catch((error: Error) => {
          this.#takeTried()?.then((left) => left.terminate());
          if (this.#link === link) failed(error.message);
        });
      },
    });
    this.#stop = () => trial.cancel();
  }

  #takeTried(): Promise<Link> | undefined {
    const tried = this.#tried;
    this.#tried = undefined;
    return tried && Promise.resolve(tried);
  }
}
