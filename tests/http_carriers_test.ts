/** The HTTP carriers by bare requests, as PROTOCOL.md describes them to whoever writes a client. */
import { assert, assertEquals } from "@std/assert";
import { oneSession } from "../transport/host/_one_session.ts";

/** A message, as much as is looked at here. */
interface Message {
  readonly type: string;
  readonly id?: string;
  readonly data: Record<string, unknown>;
}

/** A client of one link: what it sends, and the events that it reads. */
class BareClient {
  readonly #url: string;
  readonly #link: string;
  #posts = 0;

  constructor(url: string, link: string) {
    this.#url = url;
    this.#link = link;
  }

  static async open(url: string): Promise<BareClient> {
    const answer = await fetch(`${url}?codec=json`, { method: "POST" });
    const { link, postBytesMax } = await answer.json();
    assert(answer.status === 200 && postBytesMax > 65_536);
    return new BareClient(url, link);
  }

  get(): Promise<Response> {
    return fetch(this.#url, { headers: { "lockstep-link": this.#link } });
  }

  async post(body: string, number = this.#posts++): Promise<[status: number, said: string]> {
    const headers = { "lockstep-link": this.#link, "lockstep-post": `${number}` };
    const answer = await fetch(this.#url, { method: "POST", headers, body });
    return [answer.status, await answer.text()];
  }

  send(...messages: object[]): Promise<[status: number, said: string]> {
    return this.post(`data: ${JSON.stringify(messages)}\n\n`);
  }
}

/** The events of an answer as they come: lines of data together, after the event's name. */
async function* events(answer: Response): AsyncGenerator<readonly [name: string, data: string]> {
  let text = "";
  for await (
    const piece of answer.body!.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
  ) {
    text += piece;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const lines = text.slice(0, end).split("\n"),
        named = (start: string) =>
          lines.filter((line) => line.startsWith(start)).map((line) => line.slice(start.length)).join("\n");
      text = text.slice(end + 2);
      if (!lines[0].startsWith(":")) yield [named("event: "), named("data: ")];
    }
  }
}

Deno.test("PROTOCOL.md: a link over /sse, by bare requests", () =>
  oneSession(async ({ url, token }) => {
    const client = await BareClient.open(`${url}/sse`), stream = events(await client.get());
    const second = await client.get();
    assertEquals([second.status, (await second.json()).code], [409, 3000]);
    const next = async (): Promise<Message[]> => JSON.parse((await stream.next()).value![1]);
    assertEquals(await client.send({ type: "hello", id: "1", data: { protocol: 1, client: "bare/1", token } }), [
      204,
      "",
    ]);
    const [hello] = await next(), [{ symbol }] = hello.data.instruments as { symbol: string }[];
    assertEquals([hello.type, hello.id, hello.data.mode], ["hello", "1", "backtest"]);
    const [status] = await client.post(
      `data: [{"type":"subscribe","id":"2","data":\ndata: {"channel":"book","symbol":"${symbol}"}}]\n\n`,
    );
    assertEquals([status, (await next())[0].type], [204, "subscribed"]);
    const again = await client.post(
      `event: base64\ndata: ${btoa('[{"type":"ping","id":"3","data":{"sent":5}}]')}\n\n`,
      0,
    );
    assertEquals([again[0], again[1].includes("the next post is 2")], [409, true]);
    assertEquals(
      (await client.post(`event: base64\ndata: ${btoa('[{"type":"ping","id":"3","data":{"sent":5}}]')}\n\n`))[0],
      204,
    );
    let pong: Message | undefined;
    while (pong === undefined) pong = (await next()).find(({ type }) => type === "pong");
    assertEquals(pong.data.sent, 5);
    assertEquals((await client.send({ type: "bye", data: {} }))[0], 204);
    const last = [];
    for await (const event of stream) last.push(event);
    assertEquals([last.at(-1)![0], JSON.parse(last.at(-1)![1]).code], ["close", 0]);
    const over = await client.get();
    assertEquals([over.status, (await over.json()).code], [404, 1000]);
  }));

Deno.test("PROTOCOL.md: a link over /poll, by bare requests", () =>
  oneSession(async ({ url, token }) => {
    const client = await BareClient.open(`${url}/poll`);
    await client.send({ type: "hello", data: { protocol: 1, client: "bare/1", token } });
    const seen: string[] = [];
    for (let asked = false; !seen.includes("commanded");) {
      for await (const [, data] of events(await client.get())) {
        seen.push(...JSON.parse(data).map(({ type }: Message) => type));
      }
      if (!asked && seen.includes("hello")) {
        asked = true;
        await client.send({ type: "command", id: "1", data: { command: { kind: "clock_step", count: 5 } } });
      }
    }
    assertEquals(seen.filter((type) => type !== "presence"), ["hello", "commanded"]);
    assertEquals((await client.post('event: close\ndata: {"code":0,"reason":"done"}\n\n'))[0], 204);
    const over = await client.get();
    assertEquals([over.status, (await over.json()).reason], [404, "there is no such link"]);
  }));
