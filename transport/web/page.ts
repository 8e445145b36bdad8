import { type Client, connect, defineStatusElement, type ServerHello } from "../client/mod.ts";
import { reactionTo } from "../protocol/errors.ts";
import { carriersOf } from "./carriers.ts";
import { button, make } from "./dom.ts";
import { SessionView } from "./session_view.ts";

const page = document.getElementById("page")!;

// The token travels in the fragment, which no server and no log ever sees.
const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? undefined;
const session = new URLSearchParams(location.search).get("session") ?? undefined;
const base = new URL(".", location.href.replace(/[?#].*$/, ""));

defineStatusElement();
const carriers = carriersOf(base, token);
const client = connect({
  dial: carriers[0].dial,
  name: "page",
  codec: "msgpack",
  timing: true,
  ...(token ? { token } : {}),
  ...(session ? { session } : {}),
});

let view: SessionView | undefined;

client.on("hello", (hello) => {
  // A connection that goes on, over whichever link, is shown as it is; another one may be of another run.
  if (view && hello.resumed) return;
  show(client, hello);
});
client.on("state", ({ state }) => {
  if (view) return;
  if (state === "reconnecting") wait("Nobody answers. The page tries again by itself …", "Try now");
  // Why is known a moment later.
  if (state === "error") queueMicrotask(refuse);
});
addEventListener("hashchange", () => location.reload());

/** Puts the page together, once the session is known. */
function show(client: Client, hello: ServerHello): void {
  view?.close();
  view = new SessionView(client, hello, carriers);
  page.removeAttribute("aria-busy");
  page.replaceChildren(...view.elements);
}

/** Says why there is nothing to see yet. */
function wait(text: string, title: string): void {
  page.replaceChildren(
    make("div", { class: "loading", role: "status" }, [make("p", { text }), button(title, () => client.reconnect())]),
  );
}

/** Says why there is nothing to see, and what to do about it. */
function refuse(): void {
  const { error } = client, code = error?.data.code ?? 0;
  page.removeAttribute("aria-busy");
  const advice = reactionTo(code) === "authenticate"
    ? "Open the address that the server printed when it started, all of it: it ends with a token, and each start has its own."
    : error?.data.remedy ?? "";
  page.replaceChildren(
    make("div", { class: "loading", role: "alert" }, [
      make("h1", { text: "No connection" }),
      make("p", { text: error?.message ?? "Nobody answers." }),
      make("p", { text: advice }),
      button("Try again", () => location.reload()),
    ]),
  );
}
