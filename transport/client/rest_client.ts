import * as v from "valibot";
import { type ErrorName, ERRORS, ProtocolError } from "../protocol/errors.ts";

/** The REST side of a server: that which a page came from, say. */
export class RestClient {
  readonly #base: URL;
  readonly #headers: Readonly<Record<string, string>>;

  /** `base`: the server's address, or the page's own, without query and fragment. */
  constructor(base: URL, token: string | undefined) {
    this.#base = base;
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  /** Reads something. Rejects with a ProtocolError: the server's own, or LINK_LOST. */
  get<Schema extends v.GenericSchema>(path: string, schema: Schema): Promise<v.InferOutput<Schema>> {
    return this.#ask(path, { headers: this.#headers }, schema);
  }

  /** Makes something; rejects as `get` does. */
  post<Schema extends v.GenericSchema>(path: string, body: unknown, schema: Schema): Promise<v.InferOutput<Schema>> {
    const headers = { ...this.#headers, ...(body === undefined ? {} : { "content-type": "application/json" }) };
    return this.#ask(path, { method: "POST", headers, body: body === undefined ? null : JSON.stringify(body) }, schema);
  }

  async #ask<Schema extends v.GenericSchema>(
    path: string,
    init: RequestInit,
    schema: Schema,
  ): Promise<v.InferOutput<Schema>> {
    try {
      const response = await fetch(new URL(path, this.#base), init);
      const answer: unknown = await response.json();
      if (response.ok) return v.parse(schema, answer);
      throw told(answer, response.status);
    } catch (error) {
      if (error instanceof ProtocolError) throw error;
      throw new ProtocolError("LINK_LOST", `Cannot ask the server for ${path}: ${(error as Error).message}`);
    }
  }
}

/** The error that a server's answer tells of. */
function told(answer: unknown, status: number): ProtocolError {
  const { name, message, retryMs } = Object(answer) as Readonly<Record<string, unknown>>;
  const known = typeof name === "string" && Object.hasOwn(ERRORS, name) ? name as ErrorName : "LINK_LOST";
  const why = typeof message === "string" ? message : `the server answers with status ${status}`;
  return new ProtocolError(known, why, typeof retryMs === "number" ? retryMs : 0);
}
