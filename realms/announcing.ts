import type { Peer } from '../router/peer.ts'
import type { Realm } from '../router/realm.ts'
import type { Dict } from '../router/wire/message.ts'
import type { TopicUri } from './uris.ts'

/** So many listeners are looked at in one turn of the event loop. */
const atOnce = 64

/** Who listens to one of the router's own topics now: bounded by the sessions there are. */
export function listenersTo(realm: Realm, topic: TopicUri): readonly Peer[] {
  const { subscriptions } = realm.broker
  return subscriptions.matchAll(topic).flatMap(({ members }) => [...members.keys()])
}

/** Tells these sessions of something, if they listen, and nobody else. */
export function tell(
  realm: Realm,
  topic: TopicUri,
  sessions: ReadonlySet<number>,
  kwargs: Dict,
): void {
  if (sessions.size === 0) return
  realm.broker.announce(topic, [], kwargs, ({ id }) => sessions.has(id))
}

/** The sessions of parties (`authid`s of one kind), of whatever number, in this realm. */
export function sessionIds(realm: Realm, kind: string, authids: Iterable<string>): Set<number> {
  const ids = new Set<number>()
  for (const authid of authids)
    for (const session of realm.sessionsOf(kind, authid)) ids.add(session.id)
  return ids
}

/**
 * Tells those who listen and of whom `concerns` says so. Nothing is asked where nobody listens; who are many are asked
 * in turns, so that everybody else is heard meanwhile. Each turn is told before the next begins: nobody hears by a
 * right that he had a while ago.
 */
export async function tellConcerned(
  realm: Realm,
  topic: TopicUri,
  concerns: (listener: Peer) => boolean | Promise<boolean>,
  kwargs: Dict,
): Promise<void> {
  const listeners = listenersTo(realm, topic)
  for (let first = 0; first < listeners.length; first += atOnce) {
    if (first > 0) await new Promise(setImmediate)
    const turn = listeners.slice(first, first + atOnce)
    const answers = turn.map((listener) => concerns(listener))
    const concerned = answers.every((each) => typeof each === 'boolean')
      ? answers
      : await Promise.all(answers.map(async (each) => each))
    const ids = turn.flatMap(({ id }, index) => (concerned[index] === true ? [id] : []))
    tell(realm, topic, new Set(ids), kwargs)
  }
}
