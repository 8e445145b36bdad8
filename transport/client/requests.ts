import { ProtocolError } from "../protocol/errors.ts";
import type { ClientMessage, ServerMessage } from "../protocol/messages.ts";
import type { Timers } from "../link/timers.ts";
import { ServerError, wrongAnswer } from "./server_error.ts";

/** A request without its id. */
export type Asked = ClientMessage extends infer Each ? Each extends ClientMessage ? Omit<Each, "id"> : never : never;

/** What an answer carries, by its type. */
export type AnswerData<Type extends ServerMessage["type"]> = {
  [Each in ServerMessage as Each["type"]]: Each["data"];
}[Type];

/** What becomes of a request: one of the two is called, once, in the turn in which the answer comes. */
export interface Outcome {
  done(answer: ServerMessage): void;
  failed(error: ProtocolError): void;
}

/** How long a request may take, and whether it is sent again over another link. */
export interface AskOptions {
  readonly timeoutMs: number;
  /** It means the same a second time; else a link's end forgets it without a word. */
  readonly again: boolean;
  /** What a time-out says. */
  readonly late?: string;
}

interface Pending {
  readonly outcome: Outcome;
  readonly message: ClientMessage;
  readonly again: boolean;
  readonly cancel: () => void;
}

/**
 * Requests that wait for their answer, by id. Those that may be sent again outlive their link.
 *
 * | operation | cost |
 * |---|---|
 * | ask, answer | O(1), one timer |
 * | again | O(waiting) |
 */
export class Requests {
  readonly #clock: Timers;
  readonly #send: (...messages: ClientMessage[]) => void;
  readonly #pending = new Map<string, Pending>();
  #next = 1;

  /** `send` drops what it is given while there is no link. */
  constructor(clock: Timers, send: (...messages: ClientMessage[]) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** Requests that wait. */
  get waiting(): number {
    return this.#pending.size;
  }

  /** Sends a request. */
  ask(asked: Asked, options: AskOptions, outcome: Outcome): void {
    const id = String(this.#next++);
    const message = { ...asked, id } as ClientMessage;
    const late = options.late ?? `Cannot ${asked.type}: no answer came in ${options.timeoutMs} ms; try again`;
    const cancel = this.#clock.after(options.timeoutMs, () => {
      this.#pending.delete(id);
      outcome.failed(new ProtocolError("LINK_LOST", late));
    });
    this.#pending.set(id, { message, again: options.again, cancel, outcome });
    try {
      this.#send(message);
    } catch (error) {
      this.#settle(id)?.outcome.failed(
        new ProtocolError("TOO_LARGE", error instanceof Error ? error.message : String(error)),
      );
    }
  }

  /** Sends a request that means the same a second time; resolves with what an answer of this type carries. */
  askFor<Type extends ServerMessage["type"]>(type: Type, asked: Asked, timeoutMs: number): Promise<AnswerData<Type>> {
    return new Promise((resolve, reject) => {
      this.ask(asked, { timeoutMs, again: true }, {
        done: (answer) => {
          if (answer.type === type) resolve(answer.data as AnswerData<Type>);
          else reject(wrongAnswer(asked.type, answer.type));
        },
        failed: reject,
      });
    });
  }

  /** Takes an answer; false where nobody waits for it. */
  answer(message: ServerMessage): boolean {
    const pending = message.id === undefined ? undefined : this.#settle(message.id);
    if (!pending) return false;
    if (message.type === "error") pending.outcome.failed(new ServerError(message.data));
    else pending.outcome.done(message);
    return true;
  }

  /** The link is gone: what is not sent again is forgotten. */
  lost(): void {
    for (const [id, { again }] of this.#pending) if (!again) this.#settle(id);
  }

  /** There is another link: sends again what waits, in order. */
  again(): void {
    const messages = [...this.#pending.values()].filter(({ again }) => again).map(({ message }) => message);
    if (messages.length > 0) this.#send(...messages);
  }

  /** No link will come: all fail. */
  failAll(error: ProtocolError): void {
    for (const id of [...this.#pending.keys()]) this.#settle(id)?.outcome.failed(error);
  }

  #settle(id: string): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.cancel();
    return pending;
  }
}
