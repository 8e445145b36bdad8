/** Numbers, times and names as people read them, in a given number of columns of a terminal. */

// Letters of East Asia and emoji take two columns.
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** Text without control characters and line breaks: a name from a file must not move a terminal's cursor. */
export function clean(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim();
}

/** Columns that a text takes. */
export function columns(text: string): number {
  let count = 0;
  for (const letter of text) count += /\p{Mn}/u.test(letter) ? 0 : WIDE.test(letter) ? 2 : 1;
  return count;
}

/** A text in at most `width` columns; what is too long loses its middle, since names differ at both ends. */
export function fit(text: string, width: number): string {
  if (columns(text) <= width) return text;
  if (width < 1) return "";
  const letters = [...text];
  let head = "";
  let tail = "";
  let left = 0;
  let right = letters.length - 1;
  let free = width - 1;
  while (left <= right) {
    const fromHead = columns(head) <= columns(tail);
    const letter = fromHead ? letters[left++] : letters[right--];
    free -= columns(letter);
    if (free < 0) break;
    if (fromHead) head += letter;
    else tail = letter + tail;
  }
  return `${head}…${tail}`;
}

/** A text in exactly `width` columns, to the left. */
export function left(text: string, width: number): string {
  const cut = fit(text, width);
  return cut + " ".repeat(Math.max(0, width - columns(cut)));
}

/** A text in exactly `width` columns, to the right. */
export function right(text: string, width: number): string {
  const cut = fit(text, width);
  return " ".repeat(Math.max(0, width - columns(cut))) + cut;
}

/** Lines of at most `width` columns, broken at spaces; a word that is longer loses its middle. */
export function wrap(text: string, width: number): string[] {
  return wrapItems(clean(text).split(/\s+/), " ", width);
}

/** Lines of at most `width` columns, broken between items only; `glue` stands between those of one line. */
export function wrapItems(items: readonly string[], glue: string, width: number): string[] {
  const lines: string[] = [];
  for (const item of items) {
    const last = lines.length - 1;
    const longer = last < 0 ? item : `${lines[last]}${glue}${item}`;
    if (last >= 0 && columns(longer) <= width) lines[last] = longer;
    else lines.push(fit(item, width));
  }
  return lines;
}

/** A number with thousands apart: `number(51422.987, 2)` is "51,422.99"; "n/a" for null. */
export function number(value: number | null, decimals = 0): string {
  if (value === null) return "n/a";
  if (Math.abs(value) >= 1e15) return value.toExponential(3);
  const [whole, part] = Math.abs(value).toFixed(decimals).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  const digits = part === undefined ? grouped : `${grouped}.${part}`;
  return value < 0 && /[1-9]/.test(digits) ? `-${digits}` : digits;
}

/** Money with as many decimals as its size asks for: cents of thousands, more of small amounts. */
export function money(value: number | null): string {
  if (value === null) return "n/a";
  const size = Math.abs(value);
  if (size >= 1e9) return number(value);
  if (size >= 100 || size === 0) return number(value, 2);
  const decimals = size >= 1 ? 4 : Math.min(8, 3 - Math.floor(Math.log10(size)));
  return number(value, decimals).replace(/(\.\d\d\d*?)0+$/, "$1");
}

/** A percentage: "-47.98 %". */
export function percent(value: number | null): string {
  return value === null ? "n/a" : `${number(value, Math.abs(value) >= 1000 ? 0 : 2)} %`;
}

const UNITS: readonly (readonly [string, number])[] = [["y", 31_557_600], ["d", 86_400], ["h", 3600], ["m", 60], [
  "s",
  1,
]];

/** A duration in its two largest units: "5m 44s", "584d", "0.250s". */
export function duration(sec: number | null): string {
  if (sec === null) return "n/a";
  if (sec < 10) return `${sec.toFixed(sec === Math.floor(sec) ? 0 : 3)}s`;
  let rest = Math.round(sec);
  const at = UNITS.findIndex(([, size]) => rest >= size);
  const parts: string[] = [];
  for (const [unit, size] of UNITS.slice(at, at + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count}${unit}`);
  }
  return parts.join(" ");
}

/** A UTC time: the date alone at midnight, with seconds else. */
export function timestamp(sec: number): string {
  const date = new Date(sec * 1000);
  if (Number.isNaN(date.getTime())) return String(sec);
  const [day, clock] = date.toISOString().split("T");
  return sec % 86_400 === 0 ? day : `${day} ${clock.slice(0, 8)}`;
}

/** From one UTC time to another; the date stands once where both are of one day. */
export function span(from: number | null, to: number | null): string {
  if (from === null || to === null) return "no samples";
  const [start, end] = [timestamp(from), timestamp(to)];
  const sameDay = start.includes(" ") && end.includes(" ") && start.slice(0, 10) === end.slice(0, 10);
  return `${start} → ${sameDay ? end.slice(11) : end}`;
}
