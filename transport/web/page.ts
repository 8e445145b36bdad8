import { type Client, connect, type ServerHello } from "../client/mod.ts";
import { AccountView } from "./account_view.ts";
import { Controls, type Send } from "./controls.ts";
import { make } from "./dom.ts";
import { dateText } from "./format.ts";
import { InstrumentView } from "./instrument_view.ts";

const page = document.getElementById("page")!;

// The token travels in the fragment, which no server and no log ever sees.
const given = new URLSearchParams(location.hash.slice(1));
const token = given.get("token") ?? undefined;
const session = new URLSearchParams(location.search).get("session") ?? undefined;

const url = new URL("ws", location.href);
url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
url.hash = url.search = "";

const client = connect({
  url,
  name: "page",
  codec: "msgpack",
  timing: true,
  ...(token ? { token } : {}),
  ...(session ? { session } : {}),
});
client.ready().then((hello) => show(client, hello), (error: Error) => fail(error.message));

/** Says why there is nothing to see, and what to do. */
function fail(message: string): void {
  page.removeAttribute("aria-busy");
  page.replaceChildren(make("p", { class: "loading", role: "alert", text: message }), retryButton());
}

function retryButton(): HTMLElement {
  const retry = make("button", { type: "button", text: "Try again", on: { click: () => location.reload() } });
  return make("p", { class: "loading" }, [retry]);
}

/** Puts the page together once the session is known. */
function show(client: Client, hello: ServerHello): void {
  const banner = make("div", { class: "banner", role: "alert", hidden: true });
  const said = (text: string) => {
    banner.textContent = text;
    banner.hidden = text === "";
  };
  const send: Send = async (command) => {
    try {
      const answer = await client.command(command);
      said("");
      return answer;
    } catch (error) {
      said((error as Error).message);
    }
  };
  const can = new Set(hello.commands), controls = new Controls(send, can), account = new AccountView(client);
  const time = make("span", { class: "time" });
  client.listen("clock", "", ({ data }) => {
    time.textContent = `${dateText(data.time)} UTC, ${data.state}`;
    controls.show(data);
  });
  const mode = hello.live ? "LIVE: real money" : hello.mode;
  document.body.classList.toggle("live", hello.live);
  document.title = `${hello.live ? "LIVE " : ""}${hello.session} – Lockstep`;
  const grid = make("div", { class: "grid" });
  const header = make("header", { class: "top" }, [
    make("h1", { text: "Lockstep" }),
    make("span", { class: hello.live ? "mode live" : "mode", id: "mode", text: mode }),
    make("span", { text: hello.session }),
    time,
    make("span", { class: "spacer" }),
    ...chooser(client, hello, grid, account, send, can),
    controls.element,
  ]);
  page.removeAttribute("aria-busy");
  page.replaceChildren(header, banner, grid);
  watchState(client, said);
}

/** Fills the grid with an instrument's view; where there are several, a choice among them. */
function chooser(
  client: Client,
  { instruments }: ServerHello,
  grid: HTMLElement,
  account: AccountView,
  send: Send,
  can: ReadonlySet<string>,
): HTMLElement[] {
  let view: InstrumentView | undefined;
  const choose = (at: number): void => {
    view?.close();
    view = new InstrumentView(client, instruments[at], send, can);
    grid.replaceChildren(
      make("div", { class: "column" }, [view.ladder.element]),
      make("div", { class: "column middle" }, [
        account.figures.element,
        view.price.element,
        account.equity.element,
        view.orders.element,
      ]),
      make("div", { class: "column side" }, [view.ticket.element, account.alerts.element, view.trades.element]),
    );
  };
  choose(0);
  if (instruments.length === 1) return [];
  const options = instruments.map(({ symbol, venue }, i) => make("option", { value: i, text: `${symbol} ${venue}` }));
  const select = make(
    "select",
    { "aria-label": "Instrument", on: { change: () => choose(Number(select.value)) } },
    options,
  );
  return [select];
}

/** Says when what is shown is no longer so. */
function watchState(client: Client, said: (text: string) => void): void {
  client.on("state", ({ state }) => {
    if (state === "connected") said("");
    else if (state === "reconnecting") said("The connection is lost; what you see is as it was. Reconnecting …");
    else if (state === "error") {
      said(`The connection is lost: ${client.error?.message ?? "nobody answers"}. Reload to try again.`);
    }
  });
}
