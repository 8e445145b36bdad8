import { assertEquals } from "@std/assert";
import { settle } from "./_settle.ts";
import { clientHooks, type ReactLike } from "./react.ts";
import { ScriptedServer, trade, update } from "./_scripted_server.ts";

/** A component with just enough of React around it: state that makes it render again, and effects run when they change. */
class Component<T> {
  value: T | undefined;
  renders = 0;
  readonly #states: unknown[] = [];
  readonly #effects: { dependencies: string; end: (() => void) | void }[] = [];
  #place = 0;
  readonly #render: () => T;

  constructor(make: (react: ReactLike) => () => T) {
    this.#render = make({
      useState: <S>(first: S) => {
        const at = this.#place++;
        if (this.#states.length <= at) this.#states.push(first);
        const set = (value: S) => {
          if (this.#states[at] === value) return;
          this.#states[at] = value;
          queueMicrotask(() => this.render());
        };
        return [this.#states[at] as S, set];
      },
      useEffect: (effect, dependencies) => {
        const at = this.#place++;
        const key = dependencies.map((each) => typeof each === "object" ? "object" : String(each)).join(" ");
        this.#states[at] ??= "effect";
        const known = this.#effects[at];
        if (known?.dependencies === key) return;
        known?.end?.();
        this.#effects[at] = { dependencies: key, end: effect() };
      },
    });
    this.render();
  }

  render(): void {
    this.#place = 0;
    this.renders++;
    this.value = this.#render();
  }

  unmount(): void {
    for (const effect of this.#effects) effect?.end?.();
  }
}

Deno.test("clientHooks: a component renders the newest state, book and message, and leaves nothing behind", async () => {
  const server = new ScriptedServer();
  const client = await server.connected();
  server.onSubscribe = (message, link) => {
    server.subscribed(message, link, 1, false);
    if (message.data.channel !== "book") return;
    link.send(update("book", "BTC", 1, { bids: [[100, 1]], asks: [] }, { type: "snapshot", prev: 0, epoch: "e1" }));
  };
  const component = new Component((react) => {
    const { useBook, useChannel, useClientState } = clientHooks(react);
    return () =>
      [useClientState(client), useBook(client, "BTC")?.bids, useChannel(client, "trades", "BTC")?.seq] as const;
  });
  assertEquals(component.value, ["connected", undefined, undefined]);
  await settle();
  server.link.send(trade("BTC", 2));
  await settle();
  assertEquals(component.value, ["connected", [[100, 1]], 2]);
  component.unmount();
  await settle();
  assertEquals([client.stats.subscriptions, server.link.of("unsubscribe").length], [0, 2]);
  await server.end();
});
