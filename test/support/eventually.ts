import { setTimeout as wait } from 'node:timers/promises'

/** Repeats what needs something that is on its way, such as a connection that comes back. Rejects as the last try did. */
export async function eventually<T>(attempt: () => Promise<T>, withinMs = 8_000): Promise<T> {
  const until = Date.now() + withinMs
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (Date.now() > until) throw error
      await wait(100)
    }
  }
}
