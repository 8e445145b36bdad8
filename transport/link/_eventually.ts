/** Until a condition holds; a test that waits in vain fails by name after some 30 s. */
export async function eventually(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 6000; i++) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error("Cannot go on: what was waited for did not come");
}
