import { inOwnProcess } from "../../tests/own_process.ts";

inOwnProcess("useWebRtc", new URL("_webrtc_cases.ts", import.meta.url));
