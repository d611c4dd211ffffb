/** Resolves as soon as `condition` holds; for what no event tells. Rejects when it does not within `waitMs`. */
export async function until(condition: () => boolean, waitMs = 3_000): Promise<void> {
  const end = Date.now() + waitMs
  while (!condition()) {
    if (Date.now() > end) throw new Error(`still not so after ${waitMs} ms: ${String(condition)}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}
