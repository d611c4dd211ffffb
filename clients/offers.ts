import { CallError, SessionLost } from './errors.ts'
import type { Listener, Procedure } from './payload.ts'
import type { Session } from './session.ts'
import { Standing } from './standing.ts'

/** Told what nobody else is. */
export type Problem = (error: unknown, what: string) => void

/** What went wrong, and with which URI. */
export interface Failure {
  readonly error: unknown
  readonly what: string
}

/** Something that was noted: `forget` takes the wish back, the next `settle` the fact. */
export interface Noted {
  readonly standing: Standing
  readonly forget: () => void
}

interface Topic {
  readonly standing: Standing
  readonly listeners: Set<Listener>
}

interface Offer {
  readonly standing: Standing
  procedure: Procedure | undefined
}

/**
 * The procedures that a client offers and the topics it listens to, whatever session there is. There is one
 * Standing a URI, so that steps of an old and a new wish for it cannot overtake each other.
 */
export class Offers {
  readonly #offers = new Map<string, Offer>()
  readonly #topics = new Map<string, Topic>()
  readonly #problem: Problem

  constructor(problem: Problem) {
    this.#problem = problem
  }

  /** @throws Error when this client offers it already */
  offer(uri: string, procedure: Procedure): Noted {
    const offer = this.#offers.get(uri) ?? this.#newOffer(uri)
    if (offer.procedure !== undefined) throw new Error(`${uri} is registered here already`)
    offer.procedure = procedure
    const forget = (): void => {
      if (offer.procedure === procedure) offer.procedure = undefined
    }
    return { standing: offer.standing, forget }
  }

  /** All listeners of a topic share one subscription. */
  listen(uri: string, listener: Listener): Noted {
    const topic = this.#topics.get(uri) ?? this.#newTopic(uri)
    // A function of its own: the same listener may be given twice, and be taken back once.
    const mine: Listener = (event) => listener(event)
    topic.listeners.add(mine)
    return { standing: topic.standing, forget: () => topic.listeners.delete(mine) }
  }

  /** Brings all of it into `session`. What could not be, other than that the session is gone. */
  async settle(session: Session): Promise<Failure[]> {
    this.tidy(session)
    const all = [...this.#offers.values(), ...this.#topics.values()].map((each) => each.standing)
    const results = await Promise.allSettled(all.map((standing) => standing.settle(session)))
    return results.flatMap((result, index) =>
      result.status === 'rejected' && !(result.reason instanceof SessionLost)
        ? [{ error: result.reason as unknown, what: all[index]?.uri ?? '' }]
        : [],
    )
  }

  /** Forgets what is neither wished nor a fact any more. */
  tidy(session: Session): void {
    for (const [uri, offer] of this.#offers)
      if (!isOffered(offer) && !offer.standing.standsIn(session)) this.#offers.delete(uri)
    for (const [uri, topic] of this.#topics)
      if (!isHeard(topic) && !topic.standing.standsIn(session)) this.#topics.delete(uri)
  }

  #newOffer(uri: string): Offer {
    const answer: Procedure = (invocation) => {
      if (offer.procedure === undefined) throw new CallError('wamp.error.no_such_procedure')
      return offer.procedure(invocation)
    }
    const standing = new Standing(uri, {
      wanted: () => isOffered(offer),
      start: (session) => session.register(uri, answer),
      stop: (session) => session.unregister(uri),
    })
    const offer: Offer = { standing, procedure: undefined }
    this.#offers.set(uri, offer)
    return offer
  }

  #newTopic(uri: string): Topic {
    const receive: Listener = async (event) => {
      const tell = async (listener: Listener): Promise<unknown> => listener(event)
      const results = await Promise.allSettled([...topic.listeners].map(tell))
      for (const result of results)
        if (result.status === 'rejected') this.#problem(result.reason, uri)
    }
    const standing = new Standing(uri, {
      wanted: () => isHeard(topic),
      start: (session) => session.subscribe(uri, receive),
      stop: (session) => session.unsubscribe(uri),
    })
    const topic: Topic = { standing, listeners: new Set() }
    this.#topics.set(uri, topic)
    return topic
  }
}

function isOffered(offer: Offer): boolean {
  return offer.procedure !== undefined
}

function isHeard(topic: Topic): boolean {
  return topic.listeners.size > 0
}
