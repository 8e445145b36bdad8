import { findChromium, NO_CHROMIUM } from "./chromium.ts";
import { inOwnProcess } from "./own_process.ts";

if (findChromium()) inOwnProcess("page, carriers", new URL("page_carrier_cases.ts", import.meta.url));
else Deno.test({ name: `page, carriers: in a browser${NO_CHROMIUM}`, ignore: true, fn: () => {} });
