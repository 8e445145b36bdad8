/** What the program's exit code says; `--help` shows this table. */
export const EXIT = {
  OK: 0,
  BUG: 1,
  USAGE: 2,
  INPUT: 3,
  STRATEGY: 4,
  CONTRADICTED: 5,
  OUTPUT: 6,
  INTERRUPTED: 130,
} as const;

/** One of the documented exit codes. */
export type ExitCode = typeof EXIT[keyof typeof EXIT];

/** The table of exit codes as help shows it. */
export const EXIT_HELP = `Exit codes:
  0    all went well
  1    a bug of Lockstep itself
  2    the command line is wrong: an option, a parameter, a limit
  3    an input is missing or bad: a file, a line or row of it
  4    the strategy cannot be loaded, threw, or never came back
  5    a check or verification found a contradiction, a journal that is damaged, or a resumed run that comes out otherwise
  6    something could not be written: a full disk, a read-only folder, a run that another program writes
  130  interrupted by Ctrl-C; what was computed until then is kept
  137  killed after Ctrl-C, because the strategy did not come back (see --sandbox)`;
