import type { Decoder, DecoderOptions } from "../decoder.ts";
import { DatabentoCsvReader } from "./databento_csv.ts";
import type { DatabentoReaderOptions } from "./databento_record.ts";
import { DatabentoRows } from "./databento_rows.ts";
import { DbnReader } from "./dbn.ts";

/**
 * Decodes a Databento file, DBN or CSV, whichever its first bytes show; see {@linkcode dbnDecoder} and
 * {@linkcode databentoCsvDecoder}.
 */
export function databentoDecoder(options: DecoderOptions): Decoder {
  let rows: DatabentoRows | undefined;
  const reader = databentoReader({
    ...options,
    onRecord: (record) => rows!.take(record),
    onFormat: (unit) => rows ??= new DatabentoRows(options, unit),
  });
  return {
    push: (bytes) => reader.push(bytes),
    end: () => {
      reader.end();
      rows?.end();
    },
  };
}

/** Reads the records of a Databento file, DBN or CSV; `onFormat` hears first what its places count. */
export function databentoReader(
  options: DatabentoReaderOptions & { readonly onFormat?: (unit: "line" | "record") => void },
): Decoder {
  // One reader of each kind lives on, so that a next file must be of the same instrument.
  let binary: DbnReader | undefined, text: DatabentoCsvReader | undefined, current: Decoder | undefined;
  return {
    push: (bytes) => {
      if (bytes.length === 0) return;
      if (current === undefined) {
        const isBinary = bytes[0] === 68; // no column of Databento begins with a capital D
        options.onFormat?.(isBinary ? "record" : "line");
        current = isBinary ? binary ??= new DbnReader(options) : text ??= new DatabentoCsvReader(options);
      }
      current.push(bytes);
    },
    end: () => {
      const ending = current;
      current = undefined;
      ending?.end();
    },
  };
}
