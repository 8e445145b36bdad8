import { ROOT_CONTEXT, type Span, SpanStatusCode, trace, type Tracer } from "@opentelemetry/api";

/** What commands are traced with. */
export interface TracingOptions {
  /** Deno's own where absent: it records with OTEL_DENO=true, and does nothing else. */
  readonly tracer?: Tracer;
  /** Orders that are waited for at most; the oldest is let go for a new one. 1000. */
  readonly waitingMax?: number;
}

/** A command on its way: each call ends a span and begins the next. */
export interface CommandTrace {
  /** It is allowed and goes to the session, where risk looks at it. */
  risk(): void;
  /** The session has answered, and so has the client been: a code, 0 where it was taken, and the order that it made, else 0. */
  answered(code: number, order: number): void;
  /** It came to nothing: an error's name. */
  failed(name: string): void;
}

const NOTHING: CommandTrace = { risk() {}, answered() {}, failed() {} };

/** One command's spans: the whole, and the step that it is at. */
interface Open {
  readonly whole: Span;
  step: Span;
}

/**
 * Spans for commands from end to end: `command`, and in it `receive` (from its frame to the scope it needs), `risk` (the session's
 * checks), `venue` (until the venue first says something of the order) and `acknowledge` (until that was sent to the clients).
 *
 * Time is the machine's, also where the session's is simulated. Spans name session, kind, code and order, and nothing that a
 * client wrote.
 *
 * | call | cost |
 * |---|---|
 * | each, where nothing records | one call of the tracer a command |
 * | memory | 1000 orders at most |
 *
 * @example
 * ```ts
 * import { CommandTraces } from "./tracing.ts";
 * const traces = new CommandTraces();
 * const command = traces.begin("submit", "paper-1");
 * command.risk();
 * command.answered(0, 7);
 * traces.venue("paper-1", 7);
 * traces.acknowledged("paper-1");
 * ```
 */
export class CommandTraces {
  readonly #tracer: Tracer;
  readonly #waitingMax: number;
  /** Orders of which the venue has said nothing yet, the oldest first, by session and order. */
  readonly #waiting = new Map<string, Open>();
  /** Those of which it has, by session: they end with the next frame. */
  readonly #heard = new Map<string, Open[]>();

  constructor({ tracer = trace.getTracer("lockstep"), waitingMax = 1000 }: TracingOptions = {}) {
    this.#tracer = tracer;
    this.#waitingMax = waitingMax;
  }

  /** A command has come. `kind` is one that the session has; of others say "unknown". */
  begin(kind: string, session: string): CommandTrace {
    const attributes = { "lockstep.kind": kind, "lockstep.session": session };
    const whole = this.#tracer.startSpan("command", { attributes }, ROOT_CONTEXT);
    if (!whole.isRecording()) return NOTHING;
    const open: Open = { whole, step: this.#step(whole, "receive") };
    return {
      risk: () => this.#next(open, "risk"),
      answered: (code, order) => this.#answered(open, session, code, order),
      failed: (name) => end(open, name),
    };
  }

  /** The venue has said something of an order for the first time; later calls, and those for other orders, do nothing. */
  venue(session: string, order: number): void {
    if (this.#waiting.size === 0) return;
    const key = keyOf(session, order), open = this.#waiting.get(key);
    if (open === undefined) return;
    this.#waiting.delete(key);
    this.#next(open, "acknowledge");
    const heard = this.#heard.get(session);
    if (heard === undefined) this.#heard.set(session, [open]);
    else heard.push(open);
  }

  /** What a session has published so far was sent to its clients. */
  acknowledged(session: string): void {
    for (const open of this.#heard.get(session) ?? []) end(open);
    this.#heard.delete(session);
  }

  /** A session is over: what waits of it is let go. */
  close(session: string): void {
    this.acknowledged(session);
    for (const [key, open] of this.#waiting) {
      if (!key.startsWith(keyOf(session, ""))) continue;
      this.#waiting.delete(key);
      end(open, "SESSION_OVER");
    }
  }

  #answered(open: Open, session: string, code: number, order: number): void {
    open.whole.setAttributes({ "lockstep.code": code, "lockstep.order": order });
    open.whole.addEvent("answered");
    if (code !== 0 || order === 0) return end(open, code === 0 ? undefined : "REFUSED");
    this.#next(open, "venue");
    const key = keyOf(session, order), before = this.#waiting.get(key);
    // A second command about an order that the venue has not yet spoken of takes its place.
    if (before !== undefined) end(before);
    this.#waiting.delete(key);
    if (this.#waiting.size >= this.#waitingMax) this.#letGo();
    this.#waiting.set(key, open);
  }

  #letGo(): void {
    for (const [key, oldest] of this.#waiting) {
      this.#waiting.delete(key);
      return end(oldest, "let go");
    }
  }

  #next(open: Open, name: string): void {
    open.step.end();
    open.step = this.#step(open.whole, name);
  }

  #step(whole: Span, name: string): Span {
    return this.#tracer.startSpan(name, {}, trace.setSpan(ROOT_CONTEXT, whole));
  }
}

function keyOf(session: string, order: number | ""): string {
  // A session's name has no blank; see scopes.ts.
  return `${session} ${order}`;
}

function end({ whole, step }: Open, error?: string): void {
  if (error !== undefined) {
    step.setStatus({ code: SpanStatusCode.ERROR, message: error });
    whole.setStatus({ code: SpanStatusCode.ERROR, message: error });
  }
  step.end();
  whole.end();
}
