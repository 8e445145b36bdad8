import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { sampleResult } from "./_sample_result.ts";
import { display, mimeBundle } from "./notebook.ts";
import { plotSvg } from "./plot.ts";
import { tearsheet } from "./tearsheet.ts";

Deno.test("display: a notebook finds tables, the plot and the tearsheet", () => {
  const result = sampleResult();
  const shown = display(result) as unknown as Record<symbol, () => Record<string, string>>;
  assertEquals(JSON.stringify(shown), JSON.stringify(result));
  assertEquals({ ...display(result) }, { ...result });
  const bundle = shown[Symbol.for("Jupyter.display")]();
  assertEquals(Object.keys(bundle), ["text/html", "image/svg+xml", "text/plain"]);
  assertStringIncludes(bundle["text/html"], "<svg");
  assertStringIncludes(bundle["text/html"], "5.517659");
  assertEquals(bundle["text/plain"], tearsheet(result));
});

Deno.test("display: text of the result is escaped in HTML and SVG", () => {
  const base = sampleResult();
  const evil = `<script>"a"&'b'</script>`;
  const bundle = mimeBundle({
    ...base,
    run: {
      ...base.run,
      strategy: evil,
      currency: evil,
      parameters: { [evil]: evil },
      models: { ...base.run.models, queue: evil },
      limits: { [evil]: 5 },
    },
    instruments: { [evil]: { ...base.instruments.BTCUSDT, currency: evil } },
    digest: evil,
    incomplete: evil,
    notes: [evil],
  });
  for (const form of [bundle["text/html"], bundle["image/svg+xml"]]) {
    assert(!/<script|"a"|&(?!#\d+;)/.test(form));
    assertStringIncludes(form, "&#60;script&#62;");
  }
});

Deno.test("plotSvg: every tag is closed and every number finite, whatever the curve", () => {
  const base = sampleResult();
  const curves = [
    { time: [], value: [] },
    { time: [5], value: [1] },
    { time: [5, 5], value: [1, 2] },
    { time: [0, 0.001], value: [1, 1] },
    { time: [0, 1e11], value: [-1e15, 1e15] },
    { time: [0, 86_400 * 365 * 90], value: [0, 1e-9] },
    base.equity,
  ];
  for (const equity of curves) {
    const svg = plotSvg({ ...base, equity });
    assert(!/NaN|Infinity|undefined/.test(svg), svg);
    assertEquals(openTags(svg), [], svg);
  }
});

Deno.test("plotSvg: all round trips are marked, or the largest 120, or none where the list has gaps", () => {
  const marks = (minutes: number) => plotSvg(sampleResult(minutes)).split("</title></polygon>").length - 1;
  assertEquals([marks(344), marks(7 * 300), marks(7 * 600)], [49, 120, 0]);
  assertStringIncludes(plotSvg(sampleResult(7 * 300)), "the largest 120 of 300 round trips are marked");
  assertStringIncludes(plotSvg(sampleResult(7 * 600)), "600 round trips, too many to mark");
});

/** Names of elements left open at the end. */
function openTags(xml: string): string[] {
  const open: string[] = [];
  for (const [, close, name, empty] of xml.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g)) {
    if (close) assertEquals(open.pop(), name);
    else if (!empty) open.push(name);
  }
  return open;
}
