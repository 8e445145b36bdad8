import { inOwnProcess } from "../../tests/own_process.ts";

inOwnProcess("SealedRoom", new URL("_sealed_room_cases.ts", import.meta.url));
