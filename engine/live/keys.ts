/**
 * What an exchange knows us by. The secret is held so that it is in no log: it neither prints nor serialises.
 *
 * @example
 * ```ts
 * import { Keys } from "./keys.ts";
 * const keys = new Keys("hmac", "id", "secret");
 * if (`${keys}` !== "Keys(id)" || JSON.stringify({ keys }) !== '{"keys":"Keys(id)"}') throw new Error("unexpected");
 * ```
 */
export class Keys {
  readonly #secret: string;
  readonly #passphrase: string | undefined;

  constructor(
    /** hmac: a shared secret; ed25519 and es256: a private key in PEM. */
    readonly kind: "hmac" | "ed25519" | "es256",
    /** Its public part. */
    readonly id: string,
    secret: string,
    /** A third part that some exchanges want. */
    passphrase?: string,
  ) {
    this.#secret = secret;
    this.#passphrase = passphrase;
  }

  /** For signing, and nothing else. */
  get secret(): string {
    return this.#secret;
  }

  /** Likewise, where there is one. */
  get passphrase(): string | undefined {
    return this.#passphrase;
  }

  /** A text without the secret in it, wherever it came from. */
  redact(text: string): string {
    const rest = text.replaceAll(this.#secret, "[secret]");
    return this.#passphrase === undefined ? rest : rest.replaceAll(this.#passphrase, "[secret]");
  }

  toString(): string {
    return `Keys(${this.id})`;
  }

  toJSON(): string {
    return this.toString();
  }

  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }
}
