import type { Clock } from '../clock.ts'
import type { Action, Decision } from './access.ts'
import type { Limits } from './limits.ts'
import type { Peer } from './peer.ts'
import { TokenBucket } from './token-bucket.ts'
import type { Dict } from './wire/message.ts'

/** Where a denial is told of, to those who may subscribe to it. */
export const denialTopic = 'wamp.session.on_authorization_denied'

/** How often decisions about one action were applied to messages. */
export interface DecisionCounts {
  allowed: number
  denied: number
}

/** Publishes an event of the router itself. */
export type Announce = (topic: string, args: readonly unknown[], kwargs: Dict) => void

/**
 * The third A: what was asked of a realm, and whether it was allowed or denied (rfc/text/advanced/authorization.md).
 * What is allowed is only counted, as most messages are; a denial is told of as well.
 */
export class Accounting {
  readonly counts: Readonly<Record<Action, DecisionCounts>> = {
    call: { allowed: 0, denied: 0 },
    register: { allowed: 0, denied: 0 },
    subscribe: { allowed: 0, denied: 0 },
    publish: { allowed: 0, denied: 0 },
  }
  /** Publications that were refused as their payload is not what it must be. */
  misfits = 0
  readonly #bucket: TokenBucket
  #announce: Announce | undefined
  #announcing = false
  /** Denials since the last event that no event told of. */
  #untold = 0

  constructor(clock: Clock, limits: Pick<Limits, 'denialEvents'>) {
    this.#bucket = new TokenBucket(limits.denialEvents, clock)
  }

  /** How denials are told of, from now on. */
  tellBy(announce: Announce): void {
    this.#announce = announce
  }

  /** A decision was applied to a message of the peer's. */
  take(peer: Peer, action: Action, uri: string, decision: Decision): void {
    const counts = this.counts[action]
    if (decision.allow) {
      counts.allowed++
      return
    }
    counts.denied++
    this.#tell(peer, action, uri, decision)
  }

  /**
   * A flood of denials is no flood of events: what is too much is counted, and told of by the next one. The telling
   * itself may lead to a denial, of who has lost the right to be told; that one is only counted too.
   */
  #tell(peer: Peer, action: Action, uri: string, { decisionId, reason }: Decision): void {
    if (this.#announce === undefined) return
    if (this.#announcing || !this.#bucket.take()) {
      this.#untold++
      return
    }
    const untold = this.#untold
    this.#untold = 0
    this.#announcing = true
    try {
      this.#announce(denialTopic, [detailsOf(peer), uri, action], {
        error: reason ?? 'wamp.error.not_authorized',
        ...(decisionId !== undefined && { decision_id: decisionId }),
        ...(untold > 0 && { untold }),
      })
    } finally {
      this.#announcing = false
    }
  }
}

/** Who asked, by the names that the session meta API has for it. */
export function detailsOf({ id, principal }: Peer): Dict {
  const { authid, authrole, authmethod, authprovider } = principal
  return { session: id, authid, authrole, authmethod, authprovider }
}
