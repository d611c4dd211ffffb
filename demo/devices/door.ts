import type { MakeThing } from './thing.ts'

/** Nobody has to think of locking it behind him. */
const relockMs = 5_000

/** A door that `unlock` opens for a few seconds. */
export const door: MakeThing = (changed) => {
  let relock: NodeJS.Timeout | undefined
  const isLocked = (): boolean => relock === undefined
  const lock = (): void => {
    clearTimeout(relock)
    relock = undefined
    changed()
  }
  return {
    attributes: { name: 'Front door', room: 'hall' },
    state: () => ({ locked: isLocked() }),
    procedures: {
      unlock() {
        const wasLocked = isLocked()
        clearTimeout(relock)
        relock = setTimeout(lock, relockMs)
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
