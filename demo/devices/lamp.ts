import { CallError } from '../../clients/errors.ts'
import type { MakeThing } from './thing.ts'

/** A lamp that is on or off: `switch(true)`, `switch(false)`, and `switch()` for the other of both. */
export const lamp: MakeThing = (changed) => {
  let on = false
  return {
    attributes: { name: 'Lamp', room: 'living room' },
    state: () => ({ on }),
    procedures: {
      switch({ args: [wish = !on] }) {
        if (typeof wish !== 'boolean')
          throw new CallError('wamp.error.invalid_argument', [
            'the first argument must be true or false, or left out',
          ])
        if (wish !== on) {
          on = wish
          changed()
        }
        return { on }
      },
    },
  }
}
