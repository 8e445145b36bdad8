import { SAMPLES } from "./_samples.ts";
import { asyncApi } from "./async_api.ts";
import { loadCodec } from "./codecs.ts";
import { openApi } from "./open_api.ts";
import { protoText } from "./proto_text.ts";

/**
 * The files that are made of the schemas and samples, by their path from here: lockstep.proto, asyncapi.json for the
 * channels, openapi.json for the REST side, and a golden file for each message
 * with its JSON and the hex of its MessagePack and Protobuf bytes.
 *
 * A test says whether the files that stand here are these.
 *
 * @example
 * ```ts
 * import { madeFiles } from "./made_files.ts";
 * if (!(await madeFiles()).has("goldens/book_update.json")) throw new Error("unexpected");
 * ```
 */
export async function madeFiles(): Promise<Map<string, string>> {
  const files = new Map([
    ["lockstep.proto", protoText()],
    ["asyncapi.json", pretty(asyncApi())],
    ["openapi.json", pretty(openApi())],
  ]);
  const [json, msgpack, protobuf] = [await loadCodec("json"), await loadCodec("msgpack"), await loadCodec("protobuf")];
  for (const { name, message } of SAMPLES) {
    const golden = {
      json: JSON.parse(new TextDecoder().decode(json.encode(message))),
      msgpack: msgpack.encode(message).toHex(),
      protobuf: protobuf.encode(message).toHex(),
    };
    files.set(`goldens/${name}.json`, pretty(golden));
  }
  return files;
}

function pretty(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
