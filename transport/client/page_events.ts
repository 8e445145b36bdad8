/** What a page tells of its machine and network. */
export interface PageHost {
  /** The network is there again. */
  online(): void;
  /** The network is gone. */
  offline(): void;
  /** The page was asleep or hidden, or the network is another: whether the link still lives must be asked. */
  woke(): void;
}

/** What there is of a page; `globalThis` in a browser. All of it may be absent. */
export interface PageLike {
  readonly addEventListener?: EventTarget["addEventListener"];
  readonly removeEventListener?: EventTarget["removeEventListener"];
  readonly document?: Pick<EventTarget, "addEventListener" | "removeEventListener"> & {
    readonly visibilityState?: string;
  };
  readonly navigator?: {
    readonly onLine?: boolean;
    readonly connection?: Pick<EventTarget, "addEventListener" | "removeEventListener">;
  };
}

/**
 * Listens to a page's `online`, `offline`, `visibilitychange`, `freeze`, `resume`, `pageshow` and the change of its connection;
 * returns what ends that. Where there is no page, as on Deno, it hears nothing.
 */
export function watchPage(page: PageLike, host: PageHost): () => void {
  const stops: (() => void)[] = [];
  const hear = (
    target: Partial<Pick<EventTarget, "addEventListener" | "removeEventListener">> | undefined,
    type: string,
    fn: () => void,
  ) => {
    if (!target?.addEventListener) return;
    target.addEventListener(type, fn);
    stops.push(() => target.removeEventListener?.(type, fn));
  };
  const { document, navigator } = page;
  hear(page, "online", () => host.online());
  hear(page, "offline", () => host.offline());
  hear(page, "pageshow", () => host.woke());
  hear(document, "resume", () => host.woke());
  hear(document, "visibilitychange", () => {
    if (document?.visibilityState !== "hidden") host.woke();
  });
  hear(navigator?.connection, "change", () => host.woke());
  return () => {
    for (const stop of stops.splice(0)) stop();
  };
}
