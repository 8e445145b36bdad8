/** Fields of `now` that are not as in `before`, which becomes `now`; undefined where all are. */
export function changes(
  before: Record<string, unknown>,
  now: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | undefined {
  let found: Record<string, unknown> | undefined;
  for (const [name, value] of Object.entries(now)) {
    if (Object.is(before[name], value)) continue;
    (found ??= {})[name] = before[name] = value;
  }
  return found;
}
