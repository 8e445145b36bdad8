import { inOwnProcess } from "../../tests/own_process.ts";

inOwnProcess("DataChannelLink", new URL("_datachannel_cases.ts", import.meta.url));
