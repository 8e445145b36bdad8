import { formatNs } from "../feed/tape_text.ts";
import { clean } from "../stats/_format.ts";
import type { Difference } from "./journal_comparison.ts";
import type { VerifyReport } from "./verify.ts";

/** A verification as text for a terminal. */
export function renderVerify(report: VerifyReport): string {
  const { run, header, segments, chain, damage, records, closing, warnings, difference } = report;
  const lines: [string, string][] = [
    [
      "run",
      `${run}: ${header.strategy.name}, seed ${header.seed}, on ${header.tapes.map(({ name }) => name).join(", ")}`,
    ],
    [
      "journal",
      `${count(segments, "segment")} whole, ${count(records, "record")}${inputsText(report)}, sha256 ${chain}`,
    ],
  ];
  if (report.from) lines.push(["from", fromText(report.from)]);
  if (damage) {
    const { file, offset } = report.damaged!;
    const where = `segment ${damage.segment} at byte ${offset.toLocaleString("en-US")}`;
    lines.push([
      "DAMAGED",
      `${where}${file === "journal" ? "" : ` of ${file}`}: ${damage.what}; all before it is sound`,
    ]);
  }
  if (report.unfinished) {
    lines.push(["unfinished", `it goes on, or was killed: compared up to ${formatNs(report.unfinished.until)}`]);
  }
  if (report.missing.length > 0) lines.push(["MISSING", report.missing.join(", ")]);
  if (closing?.incomplete) lines.push(["incomplete", closing.incomplete]);
  for (const warning of warnings) lines.push(["WARNING", warning]);
  if (difference) lines.push(...differenceLines(report, difference));
  else lines.push(["replay", replayText(report)]);
  for (const { file, what } of report.contradictions) lines.push(["ALTERED", `${file}: ${what}`]);
  if (report.contradictions.length === 0 && !report.unfinished) lines.push(["files", filesText(report.files)]);
  return lines.map(([name, text]) => `${name.padEnd(11)} ${clean(text)}`).join("\n");
}

/** What came in beside the tapes. */
function inputsText({ commands, reports }: VerifyReport): string {
  return (commands > 0 ? `, ${count(commands, "command")}` : "") +
    (reports > 0 ? `, ${count(reports, "report")} of the exchange` : "");
}

function fromText({ file, segment, records, keep }: NonNullable<VerifyReport["from"]>): string {
  const gone = `${count(file - 1, "file")} before it gone`,
    kept = keep === null ? "" : ` (the run kept the last ${keep})`;
  return `segment ${segment}, record ${(records + 1).toLocaleString("en-US")}, with ${gone}${kept}; ` +
    "what stood there is proven by the digest alone";
}

function filesText(files: readonly string[]): string {
  return files.length === 0 ? "none beside the journal" : `${files.join(", ")} are what the run wrote`;
}

function replayText({ compared, digest, closing, damage, unfinished }: VerifyReport): string {
  const came = `${count(compared, "record")} came again`;
  if (unfinished) return `${came}, equal, in ${count(unfinished.moves, "move")}`;
  if (damage) return `${came}, equal, up to the damage`;
  if (closing?.digest === digest) return `equal: ${came}, digest ${digest}`;
  return `${came}, equal, but their digest is ${digest}, and the journal says ${closing?.digest}`;
}

function differenceLines({ header, records }: VerifyReport, difference: Difference): [string, string][] {
  const { record, time, order, journaled, now, rows } = difference;
  const places = rows.map((row, i) => `row ${row.toLocaleString("en-US")} of ${header.tapes[i].name}`).join(", ");
  const of = order === 0 ? "" : `, order ${order}`;
  const number = `record ${record.toLocaleString("en-US")} of ${records.toLocaleString("en-US")}`;
  return [
    ["DIFFERENT", `${number}, at ${formatNs(time)} (${time} ns)${of}, ${places}`],
    ["  journal", journaled],
    ["  now", now],
  ];
}

function count(value: number, what: string): string {
  return `${value.toLocaleString("en-US")} ${what}${value === 1 ? "" : "s"}`;
}
