import type { CheckReport } from "./report.ts";

/**
 * Proves files against each other, read side by side: feed the file it {@linkcode wants}, piece by piece, until it wants none.
 *
 * Memory stays at one piece of each file, whatever their sizes.
 */
export interface PairedCheck {
  /** Which file to feed or to end next, by its place in the list that was given, from 0; undefined when all are read. */
  readonly wants: number | undefined;
  /** The next decompressed bytes of a file; give what it wants, so that memory stays small. */
  push(file: number, bytes: Uint8Array): void;
  /** A file has ended. */
  end(file: number): void;
  /** What was found so far. A capture contradicts itself where `first` is there. */
  report(): CheckReport;
}

/** The two files of a pair: the one that is proven (0) and the one that it is proven against (1). */
export type Role = 0 | 1;

/** What a proof of one pair does; {@linkcode pairedCheck} feeds it. */
export interface PairProof {
  /** Which of the two it needs next. */
  readonly needs: Role;
  push(role: Role, bytes: Uint8Array): void;
  end(role: Role): void;
  /** Both have ended: the next pair begins. */
  finish(): void;
  report(): CheckReport;
}

/** Feeds pairs of files, one pair after the other; `pairs` hold places in the list of files, from 0. */
export function pairedCheck(pairs: readonly (readonly [number, number])[], proof: PairProof): PairedCheck {
  let pair = 0;
  let ended: [boolean, boolean] = [false, false];
  const roleOf = (file: number): Role => {
    if (pair < pairs.length && pairs[pair][0] === file) return 0;
    if (pair < pairs.length && pairs[pair][1] === file) return 1;
    throw new RangeError(`Cannot check file ${file} now: it is not of the pair at hand; feed what is wanted`);
  };
  return {
    get wants() {
      if (pair === pairs.length) return undefined;
      const { needs } = proof;
      return pairs[pair][ended[needs] ? 1 - needs : needs];
    },
    push: (file, bytes) => proof.push(roleOf(file), bytes),
    end: (file) => {
      const role = roleOf(file);
      ended[role] = true;
      proof.end(role);
      if (!ended[0] || !ended[1]) return;
      proof.finish();
      ended = [false, false];
      pair++;
    },
    report: () => proof.report(),
  };
}

/**
 * Pairs files by the roles their names show: the first of one role with the first of the other.
 *
 * Throws RangeError when a file shows no role, or one role has more files than the other.
 */
export function pairByRole(
  files: readonly string[],
  roleOf: (file: string) => Role | undefined,
  names: readonly [string, string],
): [number, number][] {
  const byRole: [number[], number[]] = [[], []];
  files.forEach((file, index) => {
    const role = roleOf(file);
    if (role === undefined) {
      const remedy = `rename it so that it has "${names[0]}" or "${names[1]}" in it`;
      throw new RangeError(`Cannot check ${file}: its name does not show what it is; ${remedy}`);
    }
    byRole[role].push(index);
  });
  const [first, second] = byRole;
  if (first.length !== second.length || first.length === 0) {
    const missing = first.length < second.length || files.length === 0 ? names[0] : names[1];
    throw new RangeError(
      `Cannot check ${files.join(", ") || "nothing"}: a ${missing} file is missing; give both files of each pair`,
    );
  }
  return first.map((index, k) => [index, second[k]]);
}
