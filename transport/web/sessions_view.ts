import { button, make, panel, write } from "./dom.ts";
import { type TapeSpan, tapeSpeed } from "./tape_speed.ts";

interface SessionInfo {
  readonly session: string;
  readonly strategy: string;
  readonly tapes: readonly string[];
  readonly state: string;
  readonly rows: number;
  readonly total: number;
  readonly reason: string;
  readonly digest: string | null;
  readonly files: readonly string[];
}

interface StrategyInfo {
  readonly name: string;
  readonly about: string;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
}

interface TapeInfo extends TapeSpan {
  readonly tape: string;
  readonly label: string;
  readonly symbol: string;
}

/** How often the list is asked for, in ms. */
const LOOK_MS = 2000;

/** A server's sessions: a list, and a form that makes one. Over REST, as anybody may. */
export class SessionsView {
  readonly element: HTMLElement;
  readonly #base: URL;
  readonly #token: string | undefined;
  readonly #rows = make("tbody");
  readonly #list = make("div", { class: "list" });
  readonly #empty = make("p", { class: "empty", text: "None yet." });
  readonly #said = make("p", { class: "banner", role: "alert", hidden: true });
  readonly #form = make("form", { class: "new-session" });
  /** Rows by session, so that a button keeps the focus while figures change. */
  readonly #shown = new Map<
    string,
    { readonly row: HTMLElement; readonly cells: readonly HTMLElement[]; text: string }
  >();

  /** `base`: where the server is. */
  constructor(base: URL, token: string | undefined) {
    this.#base = base;
    this.#token = token;
    const head = ["Session", "State", "Progress", ""].map((text) => make("th", { text, scope: "col" }));
    const table = make("table", {}, [make("thead", {}, [make("tr", {}, head)]), this.#rows]);
    this.#list.append(table);
    this.element = make("div", { class: "sessions" }, [
      make("h1", { text: "Lockstep" }),
      this.#said,
      panel("Sessions", this.#empty, this.#list),
      panel("New session", this.#form),
    ]);
  }

  /** Fills it, and keeps it filled. Rejects where this server makes no sessions, or shows none to us. */
  async start(): Promise<void> {
    await this.#look();
    const [{ strategies }, { tapes }] = await Promise.all([
      this.#ask<{ strategies: StrategyInfo[] }>("GET", "strategies"),
      this.#ask<{ tapes: TapeInfo[] }>("GET", "tapes"),
    ]);
    this.#fill(strategies, tapes);
    setInterval(() => void this.#look().then(() => this.#say(""), (error: Error) => this.#say(error.message)), LOOK_MS);
  }

  async #look(): Promise<void> {
    const { sessions } = await this.#ask<{ sessions: SessionInfo[] }>("GET", "sessions");
    for (const [id, { row }] of this.#shown) {
      if (sessions.some(({ session }) => session === id)) continue;
      row.remove();
      this.#shown.delete(id);
    }
    for (const each of sessions) this.#show(each);
    this.#empty.hidden = sessions.length > 0;
    this.#list.hidden = sessions.length === 0;
  }

  #show(info: SessionInfo): void {
    const { session, state, rows, total, reason, files } = info;
    let shown = this.#shown.get(session);
    if (shown === undefined) {
      const link = make("a", { href: this.#pageOf(session), text: session });
      const cells = [make("td", {}, [link]), make("td"), make("td"), make("td", { class: "actions" })];
      shown = { row: make("tr", {}, cells), cells, text: "" };
      this.#shown.set(session, shown);
      this.#rows.prepend(shown.row);
    }
    const [, stateCell, readCell, actions] = shown.cells;
    write(stateCell, reason === "" ? state : `${state}: ${reason}`);
    write(readCell, total === 0 ? "" : `${Math.floor(100 * rows / total)} %`);
    const text = files.join();
    if (actions.childElementCount > 0 && shown.text === text) return;
    shown.text = text;
    actions.replaceChildren(
      ...files.filter((name) => name !== "manifest.json").map((name) =>
        button(name, () => this.#doing(() => this.#download(session, name)), {
          "aria-label": `Download ${name} of ${session}`,
        })
      ),
      button(files.length > 0 ? "Forget" : "Stop", () => this.#doing(() => this.#forget(session))),
    );
  }

  #fill(strategies: readonly StrategyInfo[], tapes: readonly TapeInfo[]): void {
    const strategy = make("select", { name: "strategy" }, strategies.map(({ name }) => make("option", { text: name })));
    const tape = make(
      "select",
      { name: "tape", multiple: true, size: Math.min(6, Math.max(2, tapes.length)) },
      tapes.map(({ tape, label, symbol }) => make("option", { value: tape, text: `${label || tape} (${symbol})` })),
    );
    const pace = make("select", { name: "pace" }, [
      make("option", { value: "real", text: "at a speed" }),
      make("option", { value: "free", text: "as fast as it goes" }),
      make("option", { value: "lockstep", text: "lockstep, driven from outside" }),
    ]);
    const speed = make("input", { name: "speed", type: "number", min: "0.001", step: "any" });
    const about = make("p", { class: "empty" }), parameters = make("div", { class: "parameters" });
    const choose = () => {
      const chosen = strategies.find(({ name }) => name === strategy.value);
      write(about, chosen?.about ?? "");
      parameters.replaceChildren(
        ...Object.entries(chosen?.parameters ?? {}).map(([name, value]) =>
          field(name, make("input", { name: `set.${name}`, placeholder: `${value}` }))
        ),
      );
    };
    strategy.addEventListener("change", choose);
    if (tape.options.length > 0) tape.options[0].selected = true;
    let typed = false;
    const propose = () => {
      if (typed) return;
      const names = Array.from(tape.selectedOptions, ({ value }) => value);
      speed.value = String(tapeSpeed(tapes.filter(({ tape }) => names.includes(tape))));
    };
    speed.addEventListener("input", () => typed = true);
    tape.addEventListener("change", propose);
    propose();
    this.#form.replaceChildren(
      field("Strategy", strategy),
      about,
      parameters,
      field("Tapes", tape),
      field("Pace", pace),
      field("Simulated seconds a second", speed),
      field("Latency", make("input", { name: "option.latency", placeholder: "0ms" })),
      field("Fees", make("input", { name: "option.fees", placeholder: "none" })),
      make("button", { type: "submit", text: "Start" }),
    );
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#doing(() => this.#create(Array.from(tape.selectedOptions, ({ value }) => value)));
    });
    choose();
  }

  async #create(tapes: readonly string[]): Promise<void> {
    const set: Record<string, string> = {}, options: Record<string, string> = {}, data = new FormData(this.#form);
    for (const [name, value] of data) {
      if (typeof value !== "string" || value.trim() === "") continue;
      if (name.startsWith("set.")) set[name.slice(4)] = value.trim();
      if (name.startsWith("option.")) options[name.slice(7)] = value.trim();
    }
    const pace = data.get("pace"), speed = pace === "real" ? { speed: Number(data.get("speed")) } : {};
    const wanted = { strategy: data.get("strategy"), tapes, set, options, pace, ...speed };
    const { session } = await this.#ask<SessionInfo>("POST", "sessions", wanted);
    location.assign(this.#pageOf(session));
  }

  async #forget(session: string): Promise<void> {
    await this.#ask("DELETE", `sessions/${encodeURIComponent(session)}`);
    await this.#look();
  }

  /** A link would carry no token, so the file is fetched and then handed over. */
  async #download(session: string, name: string): Promise<void> {
    const response = await this.#fetch("GET", `sessions/${encodeURIComponent(session)}/files/${name}`);
    const url = URL.createObjectURL(await response.blob());
    make("a", { href: url, download: `${session}-${name}` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }

  #doing(work: () => Promise<void>): void {
    work().then(() => this.#say(""), (error: Error) => this.#say(error.message));
  }

  #say(text: string): void {
    write(this.#said, text);
    this.#said.hidden = text === "";
  }

  #pageOf(session: string): string {
    const url = new URL(this.#base);
    url.searchParams.set("session", session);
    url.hash = location.hash;
    return url.href;
  }

  async #ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await this.#fetch(method, path, body);
    return response.status === 204 ? undefined as Answer : await response.json();
  }

  async #fetch(method: string, path: string, body?: unknown): Promise<Response> {
    const response = await fetch(new URL(`api/${path}`, this.#base), {
      method,
      headers: {
        ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (response.ok) return response;
    const { message } = await response.json().catch(() => ({}));
    throw new Error(message ?? `The server answered ${response.status}.`);
  }
}

function field(title: string, control: HTMLElement): HTMLElement {
  return make("label", {}, [make("span", { text: title }), control]);
}
