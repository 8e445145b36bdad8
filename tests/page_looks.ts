/** What is looked at and done on the page, for page_cases.ts and page_carrier_cases.ts. */
import { assert, assertMatch } from "@std/assert";
import type { Page } from "playwright-core";
import { becomes, type World } from "./page_world.ts";

/** Rows of the ladder that have a price, as "own price size". */
export const ladder = (page: Page): Promise<string[]> =>
  page.locator("#ladder tr.ask, #ladder tr.bid").evaluateAll((rows) =>
    rows.map((row) => [...row.querySelectorAll("td")].map((cell) => cell.textContent).join(" "))
      .filter((text) => text.trim() !== "")
  );

/** Figures by title. */
export const figures = async (page: Page): Promise<Record<string, string>> =>
  Object.fromEntries(
    await page.locator(".figure").evaluateAll((all) =>
      all.map((each) => [each.querySelector("dt")!.textContent, each.querySelector("dd")!.textContent])
    ),
  );

/** Lines of a panel's list or table. */
export const lines = (page: Page, title: string): Promise<string[]> =>
  page.locator(`section[aria-label="${title}"] li, section[aria-label="${title}"] tbody tr`).evaluateAll((all) =>
    all.map((each) => [...each.children].map((cell) => cell.textContent).join(" ").trim())
  );

/** The count beside a panel's heading. */
export const count = async (page: Page, title: string): Promise<number> =>
  Number((await page.locator(`section[aria-label="${title}"] .count`).textContent() ?? "").replaceAll(",", ""));

/** What the page's notice says from now on, one after another, with "stale: " before it while the page is marked so. */
export async function watchNotice(page: Page): Promise<() => Promise<string[]>> {
  const told = await page.locator("#notice").evaluateHandle((notice) => {
    const told: string[] = [];
    const look = () => {
      const text = notice.hasAttribute("hidden") ? "" : notice.textContent;
      told.push(`${document.body.classList.contains("stale") ? "stale: " : ""}${text}`);
    };
    new MutationObserver(look).observe(notice, { attributes: true, childList: true, subtree: true });
    return told;
  });
  return () => told.jsonValue();
}

/** What the page says of a data channel that it has left. */
export const awayNotice = (what: string) =>
  `The data channel ${what}, so the page goes over WebSocket until one does well again.Stay here`;

/** Goes over to another carrier by the switch in the header. */
export async function goOver({ page, session }: World, carrier: "websocket" | "datachannel"): Promise<void> {
  await page.selectOption("#carrier", carrier);
  await becomes(() => [...session.hub.connections].map(({ link }) => link?.carrier), [carrier]);
  await becomes(() => page.inputValue("#carrier"), carrier);
}

/** Moves a session that is paused, and waits until the page shows its time. */
export async function step({ session, page }: World, moves: number): Promise<void> {
  session.driver.tape!.step(moves);
  await becomes(() => session.driver.clock.state, "paused");
  const time = new Date(Number(session.driver.clock.time / 1_000_000n)).toISOString().replace("T", " ").slice(0, 23);
  await becomes(() => page.locator(".time").textContent(), `${time} UTC, paused`);
}

/** An order sent by hand stands in list and ladder, is filled at the market, and cancelled by its button. */
export async function tradeByHand(it: World, seen: { readonly orders: number; readonly fills: number }): Promise<void> {
  const { page, text } = it;
  const levels = await ladder(page), price = levels[levels.length - 3].trim().split(" ")[0];
  await page.fill("input[name=size]", "3");
  await page.fill("input[name=price]", price);
  await page.click("#buy");
  await becomes(() => text("#said"), `Order ${seen.orders + 1}: buy 3 at ${price}`);
  await step(it, 3);
  await becomes(async () => (await lines(page, "Open orders")).map((line) => line.replace(/\s+/g, " ")), [
    `${seen.orders + 1} buy ${price} 3 New Cancel`,
  ]);
  await becomes(async () => (await ladder(page)).filter((line) => line.startsWith("3 ")).length, 1);
  assert((await ladder(page)).find((line) => line.startsWith("3 "))!.startsWith(`3 ${price}`));

  await page.fill("input[name=size]", "2");
  await page.fill("input[name=price]", "");
  await page.click("#buy");
  await becomes(() => text("#said"), `Order ${seen.orders + 2}: buy 2 at the market`);
  await step(it, 3);
  await becomes(() => count(page, "Our fills"), seen.fills + 1);
  assertMatch((await lines(page, "Our fills"))[0], new RegExp(`${seen.orders + 2} buy [\\d.]+ 2 taker$`));
  await becomes(async () => (await figures(page)).Position, `${2 * (seen.fills + 1)}`);

  await page.getByRole("button", { name: `Cancel order ${seen.orders + 1}` }).click();
  await becomes(async () => (await lines(page, "Open orders"))[0].includes("PendingCancel"), true);
  await step(it, 3);
  await becomes(() => lines(page, "Open orders"), []);
  await becomes(async () => (await ladder(page)).filter((line) => line.startsWith("3 ")).length, 0);
}
