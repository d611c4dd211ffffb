import type { PeerFacts, Principal } from './access.ts'
import type { Ledger } from './ledger.ts'
import type { Message } from './wire/message.ts'
import type { SharedMessage } from './wire/shared-message.ts'

/**
 * A party as dealer and broker see it. A session implements this; so does a component inside the process,
 * and so can a party whose session is held by another node.
 */
export interface Peer {
  /** The session's id. */
  readonly id: number
  readonly principal: Principal
  readonly facts: PeerFacts
  /** What the peer announced, as `role.feature`, for instance `callee.call_canceling`. */
  readonly features: ReadonlySet<string>
  /** Does not take its messages fast enough: no call should be sent to it and events may be dropped. */
  readonly congested: boolean
  /** Has lost its transport and may come back: events are kept for it, though it counts as congested. Absent: never. */
  readonly detached?: boolean
  /** Has left: what was decided for it meanwhile is void. */
  readonly gone: boolean
  /** What dealer and broker keep for it. Leaving costs only what is in here. */
  readonly ledger: Ledger
  /**
   * Hands a message over. Never calls back into the engine.
   * `false`: it is longer than the peer takes, or than there is room for, and was not sent.
   */
  send(message: Message): boolean
  /** The same for a message that goes to many: encoded once per serializer. */
  sendShared(message: SharedMessage): boolean
}
