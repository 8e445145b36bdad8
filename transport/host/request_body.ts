import * as v from "valibot";
import { inflated, type PackedFormat } from "../auth/mod.ts";
import { wrongField } from "../protocol/check.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { PROTOTYPE_KEYS } from "../protocol/limits.ts";
import { scanJson } from "../protocol/scan_json.ts";

/** The most bytes of a body of JSON: nothing that a route takes is longer. */
const JSON_BYTES_MAX = 65_536;

/**
 * The bytes of a request's body, unpacked where its Content-Encoding says gzip or deflate, and never more than `bytesMax`: what
 * is longer is not read to its end.
 *
 * Throws ProtocolError TOO_LARGE, or MALFORMED for what broke off or is packed in another way.
 */
export async function readBytes(request: Request, bytesMax: number): Promise<Uint8Array<ArrayBuffer>> {
  const stated = Number(request.headers.get("content-length") ?? 0);
  if (stated > bytesMax) throw tooLarge(bytesMax);
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const piece of plainBody(request, bytesMax)) {
      bytes += piece.length;
      if (bytes > bytesMax) throw tooLarge(bytesMax);
      pieces.push(piece);
    }
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    throw new ProtocolError("MALFORMED", "Cannot take request: its body broke off");
  }
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/**
 * A request's body of JSON as a schema has it; what it holds is counted before it is parsed.
 *
 * Throws ProtocolError MALFORMED with the path of what is wrong, TOO_DEEP and TOO_LARGE.
 *
 * @example
 * ```ts
 * import * as v from "valibot";
 * import { readJson } from "./request_body.ts";
 * const request = new Request("http://localhost/", {
 *   method: "POST",
 *   body: '{"name":"day"}',
 *   headers: { "content-type": "application/json" },
 * });
 * const { name } = await readJson(request, v.strictObject({ name: v.string() }));
 * if (name !== "day") throw new Error("unexpected");
 * ```
 */
export async function readJson<Schema extends v.GenericSchema<unknown, unknown>>(
  request: Request,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  // Pages of others can send forms and plain text without a question before, and JSON not.
  if (!/^application\/json\b/i.test(request.headers.get("content-type") ?? "")) {
    throw new ProtocolError("MALFORMED", "Cannot take request: its Content-Type is not application/json");
  }
  const result = v.safeParse(schema, parsed(await readBytes(request, JSON_BYTES_MAX)), { abortEarly: true });
  if (result.success) return result.output;
  throw new ProtocolError("MALFORMED", `Cannot take request: ${wrongField(result.issues[0])}`);
}

function parsed(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ProtocolError("MALFORMED", "Cannot take request: its body is not UTF-8");
  }
  scanJson(text, "client");
  try {
    return JSON.parse(text, (key, value) => {
      if (PROTOTYPE_KEYS.includes(key)) {
        throw new ProtocolError("MALFORMED", `Cannot take request: it has a key ${key}`);
      }
      return value;
    });
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    throw new ProtocolError("MALFORMED", "Cannot take request: its body is not JSON");
  }
}

function plainBody({ headers, body }: Request, bytesMax: number): AsyncIterable<Uint8Array> {
  const source = body ?? new Blob([]).stream(), packed = (headers.get("content-encoding") ?? "identity").toLowerCase();
  if (packed === "identity") return source;
  if (packed === "gzip" || packed === "deflate") return inflated(source, packed satisfies PackedFormat, { bytesMax });
  throw new ProtocolError("MALFORMED", "Cannot take request: its Content-Encoding is neither gzip nor deflate");
}

function tooLarge(bytesMax: number): ProtocolError {
  return new ProtocolError("TOO_LARGE", `Cannot take request: its body has over ${bytesMax} bytes`);
}
