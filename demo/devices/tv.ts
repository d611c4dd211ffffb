import { CallError } from '../../clients/errors.ts'
import type { MakeThing } from './thing.ts'

const longestTitle = 200

/** A television: `play("title")` plays something, `play(null)` nothing. */
export const tv: MakeThing = (changed) => {
  let playing: string | null = null
  return {
    attributes: { name: 'TV', room: 'living room' },
    state: () => ({ playing }),
    procedures: {
      play({ args: [title = 'the news'] }) {
        const isTitle = typeof title === 'string' && title !== '' && title.length <= longestTitle
        if (title !== null && !isTitle)
          throw new CallError('wamp.error.invalid_argument', [
            `the first argument must be a title of 1 to ${longestTitle} characters, or null`,
          ])
        if (title !== playing) {
          playing = title
          changed()
        }
        return { playing }
      },
    },
  }
}
