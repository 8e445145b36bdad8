import { beside, RUN } from "./bench.ts";

/** Runs a Deno program beside this one to its end and returns the JSON of the last line that it prints. */
export async function child<T>(name: string, args: readonly string[]): Promise<T> {
  const command = new Deno.Command(Deno.execPath(), { args: [...RUN, beside(name), ...args], stderr: "piped" });
  const { success, stdout, stderr } = await command.output();
  if (!success) throw new Error(`Cannot bench: ${name} failed: ${new TextDecoder().decode(stderr).trim()}`);
  return JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!);
}

/** The most memory this process has had at once, in MB; undefined where the system does not tell. */
export function peakMegabytes(): number | undefined {
  try {
    const found = /^VmHWM:\s*(\d+) kB/m.exec(Deno.readTextFileSync("/proc/self/status"));
    return found ? Number(found[1]) / 1000 : undefined;
  } catch {
    return undefined;
  }
}
