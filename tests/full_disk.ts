/** Disks without room, a small one of the system's own where one may be made, and one that only says so. */

/** Whether this system lets us make a small disk: Linux, as root. */
export const SMALL_DISK: boolean = Deno.build.os === "linux" && Deno.uid() === 0 && mountable();

/** Calls `work` with the folder of a disk of `bytes`, which is gone afterwards. */
export async function onSmallDisk(bytes: number, work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  if (!mount(folder, bytes)) throw new Error(`Cannot mount ${folder}`);
  try {
    await work(folder);
  } finally {
    new Deno.Command("umount", { args: [folder] }).outputSync();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Calls `work` while all files that are written may grow by `bytes` in all: then it is as on a full disk. */
export async function withRoomFor(bytes: number, work: () => Promise<void>): Promise<void> {
  const { prototype } = Deno.FsFile, { writeSync, truncateSync } = prototype;
  let left = bytes;
  const growing = <T>(file: Deno.FsFile, change: () => T): T => {
    const before = file.statSync().size;
    const done = change();
    left -= file.statSync().size - before;
    return done;
  };
  prototype.writeSync = function (this: Deno.FsFile, given: Uint8Array): number {
    const room = left + this.statSync().size - this.seekSync(0, Deno.SeekMode.Current);
    // A disk takes what still fits before it refuses.
    if (room <= 0) throw Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" });
    return growing(this, () => writeSync.call(this, given.subarray(0, room)));
  };
  prototype.truncateSync = function (this: Deno.FsFile, size?: number): void {
    growing(this, () => truncateSync.call(this, size));
  };
  try {
    await work();
  } finally {
    Object.assign(prototype, { writeSync, truncateSync });
  }
}

function mountable(): boolean {
  const folder = Deno.makeTempDirSync();
  try {
    return mount(folder, 65_536) && new Deno.Command("umount", { args: [folder] }).outputSync().success;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function mount(folder: string, bytes: number): boolean {
  try {
    const args = ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", folder];
    return new Deno.Command("mount", { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}
