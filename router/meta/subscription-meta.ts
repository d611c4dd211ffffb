import type { Broker } from '../broker.ts'
import type { Dealer } from '../dealer.ts'
import type { SubscriptionObserver } from '../observers.ts'
import type { OwnProcedure } from '../own-procedure.ts'
import type { Subscription } from '../subscription.ts'
import { WampError } from '../wire/errors.ts'
import type { Dict } from '../wire/message.ts'
import { Arguments } from './arguments.ts'
import { isShown, shownIds, type MetaEvents } from './meta-events.ts'

/**
 * The subscription meta API (rfc/text/advanced/meta_api_subscriptions.md): which topics are listened to, and by whom.
 * What only the router itself listens to is not shown; what history is kept of is there without subscribers too.
 */
export function serveSubscriptionMeta(dealer: Dealer, broker: Broker, events: MetaEvents): void {
  broker.observe(observerOf(events))
  const { subscriptions } = broker

  const find = (given: Arguments): Subscription => {
    const id = given.id(0, 'subscription')
    const subscription = shown(subscriptions.byId(id))
    if (subscription !== undefined) return subscription
    throw new WampError('wamp.error.no_such_subscription', `there is no subscription ${id}`)
  }

  const procedures: Readonly<Record<string, (given: Arguments) => unknown>> = {
    list: () => {
      const ids: Record<string, number[]> = { exact: [], prefix: [], wildcard: [] }
      for (const subscription of subscriptions.all()) {
        if (shown(subscription) !== undefined) ids[subscription.match]?.push(subscription.id)
      }
      return ids
    },
    lookup: (given) =>
      shown(subscriptions.get(given.match(1), given.string(0, 'topic')))?.id ?? null,
    match: (given) => {
      const matching = subscriptions.matchAll(given.string(0, 'topic'))
      const ids = matching.filter((one) => shown(one) !== undefined).map(({ id }) => id)
      return ids.length === 0 ? null : ids
    },
    get: (given) => subscriptionDetails(find(given)),
    list_subscribers: (given) => subscribers(find(given)),
    count_subscribers: (given) => subscribers(find(given)).length,
  }
  for (const [name, answer] of Object.entries(procedures)) {
    dealer.serve(`wamp.subscription.${name}`, (_caller, values) => ({
      args: [answer(new Arguments(values))],
    }))
  }
  dealer.serve('wamp.subscription.remove_subscriber', removeSubscriber(broker, find))
}

/** `undefined` where the meta API does not show it. */
function shown(subscription: Subscription | undefined): Subscription | undefined {
  if (subscription === undefined || subscription.history !== undefined) return subscription
  return subscribers(subscription).length === 0 ? undefined : subscription
}

/** From the catalog: takes a subscription from one who has it (rfc/text/advanced/pubsub_subscription_revocation.md). */
function removeSubscriber(broker: Broker, find: (given: Arguments) => Subscription): OwnProcedure {
  return (_caller, values) => {
    const given = new Arguments(values)
    const subscription = find(given)
    const id = given.id(1, 'subscriber')
    const reason = given.keywordString('reason') ?? 'wamp.close.killed'
    for (const subscriber of subscription.members.keys()) {
      if (subscriber.id !== id || !isShown(subscriber)) continue
      broker.revoke(subscription, subscriber, reason)
      return
    }
    throw new WampError('wamp.error.no_such_session', `session ${id} is none of its subscribers`)
  }
}

function observerOf(events: MetaEvents): SubscriptionObserver {
  return {
    added(subscriber, subscription, created) {
      if (!isShown(subscriber)) return
      const { id } = subscriber
      if (created) {
        const details = (): unknown[] => [id, subscriptionDetails(subscription)]
        events.announce('wamp.subscription.on_create', details)
      }
      events.announce('wamp.subscription.on_subscribe', () => [id, subscription.id])
    },
    removed(subscriber, subscription, deleted) {
      if (!isShown(subscriber)) return
      const details = (): unknown[] => [subscriber.id, subscription.id]
      events.announce('wamp.subscription.on_unsubscribe', details)
      if (deleted) events.announce('wamp.subscription.on_delete', details)
    },
  }
}

function subscribers({ members }: Subscription): number[] {
  return shownIds(members.keys())
}

function subscriptionDetails({ id, createdAt, topic, match }: Subscription): Dict {
  return { id, created: new Date(createdAt).toISOString(), uri: topic, match }
}
