import type { Match } from './access.ts'
import type { TopicHistory } from './history.ts'
import type { Membership } from './membership.ts'
import type { Peer } from './peer.ts'

/** A topic or pattern that peers listen to: one per topic and match policy, shared by its subscribers. */
export interface Subscription {
  readonly id: number
  readonly topic: string
  readonly match: Match
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly members: Map<Peer, Membership>
  /** Its events are kept: such a subscription is there from the start, and stays without subscribers. */
  readonly history: TopicHistory | undefined
}
