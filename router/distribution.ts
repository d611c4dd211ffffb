import { EventVariants, eventOf } from './event-variants.ts'
import type { History, Kept } from './history.ts'
import type { Membership } from './membership.ts'
import { unmarked, type Publication } from './publication.ts'
import { rendezvous } from './rendezvous.ts'
import type { Retention } from './retention.ts'
import type { Subscription } from './subscription.ts'
import type { Subscriptions } from './subscriptions.ts'
import { emptyDict, type Dict } from './wire/message.ts'

export interface DistributionContext {
  readonly subscriptions: Subscriptions
  readonly history: History
  readonly retention: Retention
}

/** Hands publications to all who listen now, to history, and to retention where their publishers want that. */
export class Distribution {
  readonly #context: DistributionContext

  constructor(context: DistributionContext) {
    this.#context = context
  }

  /** Whether there is anybody, or a history, that a publication to `topic` would go to. */
  isHeard(topic: string): boolean {
    return this.#context.subscriptions.matchAll(topic).length > 0
  }

  /** `options`: those of the PUBLISH. `now`: in milliseconds since the epoch. */
  distribute(publication: Publication, options: Dict, now: number): Kept {
    const { subscriptions, history, retention } = this.#context
    let resourceKey: string | undefined
    if (options !== emptyDict) {
      resourceKey = options['rkey'] as string | undefined
      if (options['retain'] === true) retention.retain(publication)
    }
    let kept: Kept = 'nowhere'
    for (const subscription of subscriptions.matchAll(publication.topic)) {
      if (subscription.history !== undefined) {
        const recorded = history.record(subscription.history, publication, now)
        if (kept === 'nowhere' || recorded === 'lost') kept = recorded
      }
      if (subscription.members.size > 0) deliver(subscription, publication, resourceKey, now)
    }
    return kept
  }
}

function deliver(
  subscription: Subscription,
  publication: Publication,
  resourceKey: string | undefined,
  now: number,
): void {
  const { marks, excepted, audience } = publication
  // The plain case: one EVENT for all.
  const shared = marks === unmarked ? eventOf(subscription, publication, 0) : undefined
  const variants = shared === undefined ? new EventVariants(subscription, publication) : undefined
  const responsible =
    resourceKey === undefined ? undefined : shardOf(resourceKey, subscription, publication)
  for (const [subscriber, membership] of subscription.members) {
    if (subscriber === excepted) continue
    if (audience !== undefined && !audience(subscriber)) continue
    if (resourceKey !== undefined && isOthers(membership, responsible)) continue
    const event = shared ?? variants?.for(membership.sight)
    if (event !== undefined) membership.deliver(event, now)
  }
}

/** Whether the share of another node key is meant. */
function isOthers(membership: Membership, responsible: Membership | undefined): boolean {
  return membership.shard !== undefined && membership !== responsible
}

/** Who of those that gave a node key gets a publication with this resource key: one of those whom it may reach. */
function shardOf(
  resourceKey: string,
  { members }: Subscription,
  { excepted, audience }: Publication,
): Membership | undefined {
  const eligible: Membership[] = []
  for (const [subscriber, membership] of members) {
    if (membership.shard === undefined || subscriber === excepted) continue
    if (audience === undefined || audience(subscriber)) eligible.push(membership)
  }
  return rendezvous(resourceKey, eligible, ({ shard = '' }) => shard)
}
