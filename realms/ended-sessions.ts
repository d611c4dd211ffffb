import type { Session } from '../router/session.ts'
import type { Turns } from '../router/turns.ts'

/** Sessions that are ended in one turn of the event loop, a few milliseconds. */
const endedAtOnce = 50

/**
 * Ends sessions: nothing of them is taken from this moment on; where they are many, they are told in turns, so that
 * everybody else is heard meanwhile. Whoever is ended is not told why.
 */
export function endSessions(sessions: readonly Session[], turns: Turns): void {
  for (const session of sessions) session.shutOut()
  void endInTurns(sessions, turns)
}

async function endInTurns(sessions: readonly Session[], turns: Turns): Promise<void> {
  for (let i = 0; i < sessions.length; i += endedAtOnce) {
    if (i > 0) await turns.next()
    for (const session of sessions.slice(i, i + endedAtOnce)) session.kill()
  }
}
