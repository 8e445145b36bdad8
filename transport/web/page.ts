import { connect, defineStatusElement, type ServerHello } from "../client/mod.ts";
import { ERRORS, reactionTo } from "../protocol/errors.ts";
import { PageCarriers } from "./carriers.ts";
import { button, make } from "./dom.ts";
import { RestClient } from "../client/rest_client.ts";
import { SessionView } from "./session_view.ts";
import { SessionsView } from "./sessions_view.ts";

const page = document.getElementById("page")!;

// The token travels in the fragment, which no server and no log ever sees.
const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? undefined;
// "?session=name" shows that session, "?session=" all there are; without it, the only one there is.
const session = new URLSearchParams(location.search).get("session") ?? undefined;
const base = new URL(".", location.href.replace(/[?#].*$/, ""));
const rest = new RestClient(base, token);

addEventListener("hashchange", () => location.reload());
if (session === "") showSessions();
else showSession();

/** Connects to a session, and shows it. */
function showSession(): void {
  defineStatusElement();
  const carriers = new PageCarriers(base, rest);
  const client = connect({
    dial: carriers.dials,
    fallback: carriers.fallback,
    name: "page",
    codec: "msgpack",
    timing: true,
    ...(token ? { token } : {}),
    ...(session ? { session } : {}),
  });
  let view: SessionView | undefined;
  client.on("hello", (hello: ServerHello) => {
    // A connection that goes on, over whichever link, is shown as it is; another one may be of another run.
    if (view && hello.resumed) return;
    view?.close();
    view = new SessionView(client, hello, { carriers, others: session && `?session=${location.hash}` });
    page.removeAttribute("aria-busy");
    page.replaceChildren(...view.elements);
  });
  client.on("state", ({ state }) => {
    if (view) return;
    if (state === "reconnecting") wait("Nobody answers. The page tries again by itself …", () => client.reconnect());
    // Why is known a moment later.
    if (state === "error") queueMicrotask(() => lost(client.error?.data.code ?? 0, client.error?.message));
  });
}

/** Shows all sessions of the server; where it makes none, or shows none to us, says `why` there is nothing. */
function showSessions(code = 0, why?: string): void {
  const view = new SessionsView(base, token);
  view.start().then(() => {
    document.title = "Sessions – Lockstep";
    page.removeAttribute("aria-busy");
    page.replaceChildren(view.element);
  }, (error: Error) => refuse(code || ERRORS.SESSION_UNKNOWN[0], why ?? error.message));
}

/** Says why there is nothing to see yet. */
function wait(text: string, again: () => void): void {
  page.replaceChildren(
    make("div", { class: "loading", role: "status" }, [make("p", { text }), button("Try now", again)]),
  );
}

/** There is no session to show: of several, one is to be chosen; else it is said why. */
function lost(code: number, why: string | undefined): void {
  if (code === ERRORS.SESSION_UNKNOWN[0] && session === undefined) showSessions(code, why);
  else refuse(code, why);
}

/** Says why there is nothing to see, and what to do about it. */
function refuse(code: number, why = "Nobody answers."): void {
  page.removeAttribute("aria-busy");
  const advice = reactionTo(code) === "authenticate"
    ? "Open the address that the server printed when it started, all of it: it ends with a token, new at each start. " +
      "Where you were given a token, put #token= and then yours behind the address."
    : Object.values(ERRORS).find(([known]) => known === code)?.[1] ?? "";
  page.replaceChildren(
    make("div", { class: "loading", role: "alert" }, [
      make("h1", { text: "No connection" }),
      make("p", { text: why }),
      make("p", { text: advice }),
      button("Try again", () => location.reload()),
    ]),
  );
}
