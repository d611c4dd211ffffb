import type { MakeThing } from './thing.ts'

/** Nobody has to think of locking it behind him. */
const relockMs = 5_000

/** A door that `unlock` opens for a few seconds. */
export const door: MakeThing = (changed, clock) => {
  let cancelRelock: (() => void) | undefined
  const isLocked = (): boolean => cancelRelock === undefined
  const lock = (): void => {
    cancelRelock?.()
    cancelRelock = undefined
    changed()
  }
  return {
    attributes: { name: 'Front door', room: 'hall' },
    state: () => ({ locked: isLocked() }),
    procedures: {
      unlock() {
        const wasLocked = isLocked()
        cancelRelock?.()
        cancelRelock = clock.after(relockMs, lock)
        if (wasLocked) changed()
        return { locked: false, relocks_in_ms: relockMs }
      },
      lock() {
        if (!isLocked()) lock()
        return { locked: true }
      },
    },
  }
}
