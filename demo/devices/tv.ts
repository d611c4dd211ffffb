import { CallError } from '../../clients/errors.ts'
import type { MakeThing } from './thing.ts'

const longestTitle = 200

/** A television: `play("title")` plays something, `play(null)` nothing; `record("title")` records, `record(null)` ends that. */
export const tv: MakeThing = (changed) => {
  let playing: string | null = null
  let recording: string | null = null
  return {
    attributes: { name: 'TV', room: 'living room' },
    state: () => ({ playing, ...(recording !== null && { recording }) }),
    procedures: {
      play({ args: [wish = 'the news'] }) {
        const title = titleOf(wish)
        if (title !== playing) {
          playing = title
          changed()
        }
        return { playing }
      },
      record({ args: [wish = 'the news'] }) {
        const title = titleOf(wish)
        if (title !== recording) {
          recording = title
          changed()
        }
        return { recording }
      },
    },
  }
}

function titleOf(wish: unknown): string | null {
  if (wish === null) return null
  if (typeof wish === 'string' && wish !== '' && wish.length <= longestTitle) return wish
  throw new CallError('wamp.error.invalid_argument', [
    `the first argument must be a title of 1 to ${longestTitle} characters, or null`,
  ])
}
