import { TapeReader } from "../feed/tape_reader.ts";
import { FileSource } from "./file_source.ts";

/** Opens a tape on disk. `close` it when its session is over. */
export function openTape(path: string): { readonly reader: TapeReader; close(): void } {
  const source = new FileSource(path);
  try {
    return { reader: new TapeReader(source), close: () => source.close() };
  } catch (error) {
    source.close();
    throw error;
  }
}
