import { inOwnProcess } from "../../tests/own_process.ts";

inOwnProcess("Peers", new URL("_peers_cases.ts", import.meta.url));
