import type { ClientEvents } from "./events.ts";
import { type StatusView, statusView, type Watched } from "./status_view.ts";

/** A client as its status element needs it. */
export interface WatchedClient extends Watched {
  on<Name extends keyof ClientEvents>(name: Name, listener: (event: ClientEvents[Name]) => void): () => void;
  reconnect(): void;
}

/** `<lockstep-status>`: give it a client, and it shows how that fares. Its attribute `view` is compact, full or card. */
export interface StatusElement extends HTMLElement {
  client: WatchedClient | undefined;
}

const REFRESH_MS = 1000;

/** It follows the page's light or dark: all but the signal colours, which are read on both, are the page's own. */
const STYLE = `
:host { display: inline-block; font: 13px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums }
:host([view=card]) { display: block; max-width: 26em; padding: 12px; border: 1px solid; border-radius: 8px }
:host([data-live]) .mode { background: #b3001b; color: #fff; font-weight: 700; padding: 0 6px; border-radius: 4px }
:host([data-live][view=card]) { border: 2px solid #b3001b }
.head, dl { display: inline-flex; flex-wrap: wrap; gap: 0 8px; align-items: center; margin: 0 8px 0 0 }
:host([view=card]) dl { display: block; margin: 8px 0 }
dl div { display: flex; gap: 4px; justify-content: space-between }
dd { margin: 0 }
dt, .latency { opacity: .75 }
.dot { width: 9px; height: 9px; border-radius: 50%; background: gray }
:host([data-state=connected]) .dot { background: #1a9e63 }
:host([data-state$=connecting]) .dot { background: #c98a1b }
:host([data-state=error]) .dot { background: #d6304a; border-radius: 2px }
.problem { overflow-wrap: anywhere }
button { font: inherit }
[hidden], :host([hidden]) { display: none }
`;

/**
 * Makes `<lockstep-status>` known to the page, once; returns whether there is a page to make it known to.
 *
 * What it shows is text, never HTML, whatever a server says; its style is a constructed sheet, so that a strict Content Security
 * Policy has nothing to allow.
 */
export function defineStatusElement(name = "lockstep-status"): boolean {
  if (typeof HTMLElement === "undefined" || typeof customElements === "undefined") return false;
  if (customElements.get(name)) return true;
  customElements.define(name, statusClass());
  return true;
}

/** Made when it is asked for: where there is no page there is no HTMLElement to extend. */
function statusClass(): new () => StatusElement {
  return class extends HTMLElement implements StatusElement {
    #client: WatchedClient | undefined;
    #parts: Parts | undefined;
    #stops: (() => void)[] = [];

    get client(): WatchedClient | undefined {
      return this.#client;
    }

    set client(client: WatchedClient | undefined) {
      this.#client = client;
      if (this.isConnected) this.connectedCallback();
    }

    connectedCallback(): void {
      this.disconnectedCallback();
      this.#parts ??= build(this.attachShadow({ mode: "open" }), () => this.#client?.reconnect());
      const client = this.#client;
      if (!client) return;
      const show = () => this.#show(client);
      this.#stops = (["state", "hello", "error"] as const).map((event) => client.on(event, show));
      const timer = setInterval(show, REFRESH_MS);
      this.#stops.push(() => clearInterval(timer));
      show();
    }

    disconnectedCallback(): void {
      for (const stop of this.#stops.splice(0)) stop();
    }

    #show(client: WatchedClient): void {
      const view = statusView(client);
      this.dataset.state = view.state;
      this.toggleAttribute("data-live", view.live);
      if (this.#parts) fill(this.#parts, view, !/^(full|card)$/.test(this.getAttribute("view") ?? ""));
    }
  };
}

interface Parts {
  readonly title: HTMLElement;
  readonly mode: HTMLElement;
  readonly latency: HTMLElement;
  readonly problem: HTMLElement;
  readonly list: HTMLElement;
  readonly button: HTMLElement;
}

function build(root: ShadowRoot, reconnect: () => void): Parts {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  const head = add(root, "span", "head");
  add(head, "span", "dot");
  const parts = {
    title: add(head, "span", "title"),
    mode: add(head, "span", "mode"),
    latency: add(head, "span", "latency"),
    list: add(root, "dl", "list"),
    problem: add(root, "div", "problem"),
    button: add(root, "button", "reconnect"),
  };
  // Only the state is read out when it changes; figures that change each second would never let anybody finish.
  parts.title.role = "status";
  parts.button.textContent = "Reconnect";
  parts.button.addEventListener("click", reconnect);
  return parts;
}

function fill(parts: Parts, view: StatusView, compact: boolean): void {
  const { problem, list, button } = parts;
  list.hidden = problem.hidden = compact;
  button.hidden = compact && view.state === "connected";
  for (const name of ["title", "mode", "latency", "problem"] as const) write(parts[name], view[name]);
  view.rows.forEach(([label, value], i) => {
    let row = list.children[i];
    if (!row) {
      row = add(list, "div", "row");
      add(row, "dt", "label").textContent = label;
      add(row, "dd", "value");
    }
    write(row.lastElementChild as HTMLElement, value);
  });
}

/** Only where it changes, so that a screen reader hears changes alone. */
function write(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

function add(parent: Node, tag: string, name: string): HTMLElement {
  const element = document.createElement(tag);
  element.className = name;
  parent.appendChild(element);
  return element;
}
