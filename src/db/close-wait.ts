/** Ending what may hang: politely first. */

/** How long a server that hangs may keep us from closing. */
const CLOSE_WAIT_MS = 1_000;

/** Waits for an orderly end, for a second at most; then gives up. */
export async function withinCloseWait(ending: Promise<unknown>, giveUp: () => void): Promise<void> {
  const { promise: waited, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    giveUp();
    resolve();
  }, CLOSE_WAIT_MS);
  try {
    await Promise.race([ending, waited]);
  } finally {
    clearTimeout(timer);
  }
}
