/** What a message costs to encode and to decode, by codec: a book update of four levels, a fill, an acknowledgement. */
import { SAMPLES } from "./_samples.ts";
import { CODEC_NAMES } from "./codec.ts";
import { loadCodec } from "./codecs.ts";

for (const name of ["book_update", "fills_update", "ack_request"]) {
  const sample = SAMPLES.find((sample) => sample.name === name);
  if (sample === undefined) throw new RangeError(`Cannot bench ${name}: there is no such sample`);
  for (const codecName of CODEC_NAMES) {
    const codec = await loadCodec(codecName);
    const frame = codec.frame([codec.encode(sample.message)]);
    Deno.bench({ name: `encode ${codecName}`, group: `encode ${name}`, fn: () => void codec.encode(sample.message) });
    Deno.bench({
      name: `decode ${codecName}, ${frame.length} B`,
      group: `decode ${name}`,
      fn: () => void codec.decode(frame, sample.sender),
    });
  }
}
