/** Random numbers in [0, 1) of the machine, fit for names that must not meet. */
export function systemRandom(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] / 4_294_967_296;
}

/** `length` letters and digits drawn from `random`. */
export function randomName(random: () => number, length = 16): string {
  let name = "";
  for (let i = 0; i < length; i++) name += Math.floor(random() * 36).toString(36);
  return name;
}
