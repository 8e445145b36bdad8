import { inOwnProcess } from "../../tests/own_process.ts";

inOwnProcess("servePeers, dialPeer", new URL("_peer_server_cases.ts", import.meta.url));
inOwnProcess("servePeers, dialPeer with Chromium", new URL("_peer_browser_cases.ts", import.meta.url));
