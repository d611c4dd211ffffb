import type { MakeThing } from './thing.ts'

/** A safe: `open` and `close`. */
export const safe: MakeThing = (changed) => {
  let open = false
  const set = (wish: boolean): { open: boolean } => {
    if (wish !== open) {
      open = wish
      changed()
    }
    return { open }
  }
  return {
    attributes: { name: 'Safe', room: 'study' },
    state: () => ({ open }),
    procedures: {
      open: () => set(true),
      close: () => set(false),
    },
  }
}
