/** Where Chromium is: `CHROMIUM` names it, else it is looked for in PATH; undefined where there is none. */
export function findChromium(): string | undefined {
  const folders = (Deno.env.get("PATH") ?? "").split(Deno.build.os === "windows" ? ";" : ":");
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const named = Deno.env.get("CHROMIUM");
  const paths = [...(named ? [named] : []), ...folders.flatMap((folder) => names.map((name) => `${folder}/${name}`))];
  return paths.find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

/** What the name of a test says that needs Chromium, where there is none. */
export const NO_CHROMIUM = " (ignored: no chromium in PATH, and CHROMIUM names none)";
