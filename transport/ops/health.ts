import { Hono } from "hono";

/**
 * Whether a server lives, and whether it takes work: `/healthz` for who restarts it, `/readyz` for who sends clients to it.
 *
 * `/healthz` answers as long as anything does. `/readyz` is 503 while it starts, drains, or a check fails; it names the checks and
 * not their reasons, as anybody may ask.
 *
 * @example
 * ```ts
 * import { Health } from "./health.ts";
 * const health = new Health();
 * health.check("disk", () => true);
 * const routes = health.routes();
 * if ((await routes.request("/readyz")).status !== 503) throw new Error("it has not started");
 * health.state = "ready";
 * if ((await routes.request("/readyz")).status !== 200) throw new Error("it is ready");
 * ```
 */
export class Health {
  /** Begins as starting; a drain makes it draining for good. */
  state: "starting" | "ready" | "draining" = "starting";
  readonly #checks = new Map<string, () => boolean>();
  readonly #onFault: (name: string, error: unknown) => void;

  /** `onFault` hears of checks that throw. */
  constructor(onFault: (name: string, error: unknown) => void = () => {}) {
    this.#onFault = onFault;
  }

  /** Adds a check, which answers at once; one that throws has failed. */
  check(name: string, isFine: () => boolean): void {
    this.#checks.set(name, isFine);
  }

  /** What `/readyz` says. */
  report(): { readonly ready: boolean; readonly state: string; readonly checks: Readonly<Record<string, boolean>> } {
    const checks = Object.fromEntries(Array.from(this.#checks, ([name, isFine]) => [name, this.#run(name, isFine)]));
    return { ready: this.state === "ready" && Object.values(checks).every(Boolean), state: this.state, checks };
  }

  /** The routes, for a server's application. */
  routes(): Hono {
    const routes = new Hono(), headers = { "cache-control": "no-store" };
    routes.get("/healthz", (context) => context.text("ok\n", 200, headers));
    routes.get("/readyz", (context) => {
      const report = this.report();
      return context.json(report, report.ready ? 200 : 503, headers);
    });
    return routes;
  }

  #run(name: string, isFine: () => boolean): boolean {
    try {
      return isFine();
    } catch (error) {
      this.#onFault(name, error);
      return false;
    }
  }
}
