import { type Codec, CODEC_NAMES, type CodecName } from "./codec.ts";
import { jsonCodec } from "./json_codec.ts";
import { msgpackCodec } from "./msgpack_codec.ts";

const loaded = new Map<CodecName, Codec>([["json", jsonCodec], ["msgpack", msgpackCodec]]);

/**
 * The codec of a name, of those at hand: JSON and MessagePack always, Protobuf once `loadCodec("protobuf")` is through.
 *
 * Throws RangeError for one that is not loaded.
 *
 * @example
 * ```ts
 * import { codecOf } from "./codecs.ts";
 * const json = codecOf("json");
 * if (!json.text) throw new Error("JSON is text");
 * ```
 */
export function codecOf(name: CodecName): Codec {
  const codec = loaded.get(name);
  if (codec !== undefined) return codec;
  throw new RangeError(
    CODEC_NAMES.includes(name)
      ? `Cannot use codec ${name}: it is not loaded; await loadCodec("${name}") first`
      : `Cannot use codec ${name}: there is none of that name; it is one of ${CODEC_NAMES.join(", ")}`,
  );
}

/** The codec of a name, loaded where it is not at hand: a page that speaks JSON never fetches Protobuf. */
export async function loadCodec(name: CodecName): Promise<Codec> {
  if (name === "protobuf" && !loaded.has(name)) {
    const { protobufCodec } = await import("./protobuf_codec.ts");
    loaded.set(name, protobufCodec);
  }
  return codecOf(name);
}
