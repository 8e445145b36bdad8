import type { Command } from "commander";
import { SEVERITIES, type Severity } from "../../core/alerts.ts";
import type { LiveTools } from "../../live/live_tools.ts";
import { Notifier } from "../../live/notifier.ts";
import { type NoticeTarget, telegram, webhook } from "../../live/notice_target.ts";
import { secretFile } from "../secret_file.ts";
import type { Cli } from "./cli.ts";
import { EXIT } from "./exit_codes.ts";
import { failingWith, Failure } from "./failure.ts";
import { oneOf } from "./flags.ts";

/** Where alerts of a session on wall time are posted, as flags say. */
export interface AlertFlags {
  readonly alertWebhook?: string;
  readonly alertTelegram?: string;
  readonly telegramToken?: string;
  readonly alertLevel?: Severity;
}

/** Where the token of a bot is looked for. */
const TOKEN = "LOCKSTEP_TELEGRAM_TOKEN";

/** Adds what a session on wall time takes for alerts that leave the machine. */
export function addAlertFlags(command: Command): void {
  command
    .option("--alert-webhook <url>", "post alerts and what happens beside the data to an address, as JSON")
    .option(
      "--alert-telegram <chat>",
      `post them to a chat of Telegram, by its number or @channel; the bot's token is in ${TOKEN}`,
    )
    .option("--telegram-token <file>", "a file with the bot's token, in place of the environment; of mode 600")
    .option("--alert-level <severity>", "post no less than info, warning or critical (info)", oneOf(SEVERITIES));
}

/** What posts the alerts of a run, as flags say; undefined where they name no target. Throws Failure for flags that do not fit. */
export function notifierOf(
  cli: Cli,
  flags: AlertFlags,
  { run, tools, env = (name) => Deno.env.get(name) }: {
    /** What the alerts are about: the run's folder. */
    readonly run: string;
    readonly tools: Omit<LiveTools, "tell">;
    readonly env?: (name: string) => string | undefined;
  },
): Notifier | undefined {
  const targets = failingWith(EXIT.USAGE, () => targetsOf(flags, env));
  if (targets.length > 0) {
    return new Notifier({ targets, run, least: flags.alertLevel, tools, tell: (line) => cli.tell(line) });
  }
  const odd = flags.alertLevel !== undefined ? "--alert-level" : flags.telegramToken && "--telegram-token";
  if (!odd) return undefined;
  throw new Failure(EXIT.USAGE, `${odd} says nothing by itself; add --alert-webhook URL or --alert-telegram CHAT`);
}

function targetsOf(flags: AlertFlags, env: (name: string) => string | undefined): NoticeTarget[] {
  const { alertWebhook, alertTelegram: chat, telegramToken: file } = flags, targets: NoticeTarget[] = [];
  if (alertWebhook !== undefined) targets.push(webhook(alertWebhook));
  if (chat === undefined) return targets;
  const token = (file === undefined ? env(TOKEN) : secretFile(file, "the bot's token"))?.trim();
  if (!token) {
    throw new RangeError(
      `Cannot post to Telegram: ${file ?? TOKEN} has no token; set ${TOKEN}, or give --telegram-token FILE`,
    );
  }
  return [...targets, telegram({ token, chat })];
}
