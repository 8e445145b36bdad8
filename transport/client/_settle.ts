/** Lets everything happen that needs no clock: one turn of the event loop, in which all promises that can settle do. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
