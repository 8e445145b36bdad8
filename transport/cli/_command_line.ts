import { commandLine } from "../../engine/run/cli/_lockstep.ts";
import { transportExtension } from "./mod.ts";

/** Runs a command line in this process, with what the transport adds to it. */
export const lockstep = commandLine([transportExtension]);

/** The lines of a stream as they come. */
export async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}
