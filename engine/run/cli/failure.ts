import { EXIT, type ExitCode } from "./exit_codes.ts";

/** An error whose message is for the user, and whose exit code is known. */
export class Failure extends Error {
  constructor(readonly code: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "Failure";
  }
}

/** Runs `work`; RangeError and TypeError of bad input, and errors of the system, become failures with `code`. */
export function failingWith<T>(code: ExitCode, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Error) || error instanceof Failure || !isUsers(error)) throw error;
    throw new Failure(code, error.message, { cause: error });
  }
}

/** The exit code that stands for an error, and its message in one line. */
export function explain(error: unknown): { readonly code: ExitCode; readonly message: string } {
  const message = remedied(error, oneLine(error instanceof Error ? error.message : String(error)));
  const code = codeOf(error);
  if (code !== EXIT.BUG) return { code, message };
  return { code, message: `${message} (a bug of Lockstep; please report what --debug shows)` };
}

/** What the network says has no remedy of its own: it does not know what was asked for. */
function remedied(error: unknown, message: string): string {
  const bare = error instanceof Error && error.name === "NetworkError" && !message.includes("; ");
  return bare ? `${message}; check the network, or name another address with --endpoint` : message;
}

/** Errors are told apart by name, so that those of modules that were never loaded need not be loaded for it. */
function codeOf(error: unknown): ExitCode {
  if (!(error instanceof Error)) return EXIT.BUG;
  if (error instanceof Failure) return error.code;
  switch (error.name) {
    case "RunError":
    case "ConvertError":
    case "StoryError":
      return codeOf(error.cause);
    case "StrategyError":
    case "StrategyFileError":
      return EXIT.STRATEGY;
    case "StoppedError":
      return EXIT.INTERRUPTED;
    case "SourceError":
    case "OpenError":
    case "GapError":
    case "NetworkError":
    case "RestError":
    case "ExchangeError":
      return error.message.startsWith("Cannot write") ? EXIT.OUTPUT : EXIT.INPUT;
    case "JournalDamageError":
    case "ResumeError":
      return EXIT.CONTRADICTED;
    case "JournalError":
    case "WriteError":
    case "FolderBusyError":
      return EXIT.OUTPUT;
  }
  if (isOfSystem(error)) return EXIT.OUTPUT;
  if (!isUsers(error)) return EXIT.BUG;
  return error.message.startsWith("Cannot write") ? EXIT.OUTPUT : EXIT.INPUT;
}

/** What is wrong with a run that never began: its options, unless a strategy's file, a tape, a file of commands or snapshots are named. */
export function beforeRun(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof Failure || !isUsers(error)) return error;
  // A disk that is full is no fault of the options.
  if (error.message.startsWith("Cannot write")) return error;
  const code = /^Cannot (load strategy|run on|read tape|read commands from|read snapshots in)/.test(error.message)
    ? EXIT.INPUT
    : EXIT.USAGE;
  return new Failure(code, error.message, { cause: error });
}

/** Whether an error says that what was given cannot be used, rather than that the program is wrong. */
function isUsers(error: Error): boolean {
  const refuses = (error instanceof RangeError || error instanceof TypeError) && error.message.startsWith("Cannot ");
  return refuses || isOfSystem(error);
}

/** Whether it comes from the operating system: "No space left on device (os error 28)". */
export function isOfSystem(error: Error): boolean {
  return /\(os error \d+\)/.test(error.message) || error.name in Deno.errors;
}

/** Why the system did not do what was asked, without the call that it was asked for. */
export function reasonOf(error: Error): string {
  return error.message.replace(/: \w+ '.*'$/, "");
}

/** Control characters taken out, lines joined. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+\s*/gu, " ").trim();
}
