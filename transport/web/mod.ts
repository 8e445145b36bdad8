/**
 * The page: a session as it goes, in a browser.
 *
 * `page.ts` runs there: it connects with the client SDK as anybody would, and shows what the channels say. Each part is a class
 * with an `element` and methods that take data: the ladder, the charts, the lists, the ticket, the controls of the clock. Text is
 * set as text, never as HTML. `routes.ts` serves it all, with a policy that lets nothing else run.
 *
 * @module
 */
export { mountPage } from "./routes.ts";
