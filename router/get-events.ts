import type { Clock } from '../clock.ts'
import type { Decision } from './access.ts'
import { audienceOf } from './audience.ts'
import { positive, readFilters, type EventFilters } from './event-filters.ts'
import type { EventStore, StoredEvent } from './event-store.ts'
import { detailsOf, sightOf } from './event-variants.ts'
import type { Gate } from './gate.ts'
import type { History, TopicHistory } from './history.ts'
import type { Limits } from './limits.ts'
import type { OwnProcedure } from './own-procedure.ts'
import type { Peer } from './peer.ts'
import type { Marks } from './publication.ts'
import type { Subscription } from './subscription.ts'
import type { Subscriptions } from './subscriptions.ts'
import { Turns } from './turns.ts'
import { WampError } from './wire/errors.ts'
import { emptyDict, type Dict } from './wire/message.ts'
import { Payload } from './wire/payload.ts'
import { serializers } from './wire/serializers.ts'

export interface GetEventsContext {
  readonly gate: Gate
  readonly clock: Clock
  readonly limits: Pick<Limits, 'historyAnswerBytes' | 'procedureMs'>
  readonly subscriptions: Subscriptions
  readonly history: History
  readonly store: EventStore
}

/** Events read from the store in one turn: each may be as long as a message. */
const pageSize = 64
/** What an event of an answer takes besides its payload, about. */
const overheadBytes = 256

/**
 * `wamp.subscription.get_events` (rfc/text/advanced/pubsub_event_history.md): Arguments are the events. ArgumentsKw
 * has `truncated: true` where there are more than an answer holds; the rest is had by `after_publication`, or
 * `before_publication` in reverse. A subscription without history has no events.
 */
export function getEvents(context: GetEventsContext): OwnProcedure {
  const turns = new Turns()
  return async (caller, { args = [], kwargs = emptyDict }) => {
    const id = positive('subscription', args[0])
    const filters = readFilters(kwargs)
    const subscription = context.subscriptions.byId(id)
    if (subscription === undefined) {
      throw new WampError('wamp.error.no_such_subscription', `there is no subscription ${id}`)
    }
    await requireRight(context.gate, caller, subscription)
    if (subscription.history === undefined) return { args: [] }
    // What was published before the question is part of the answer.
    await context.history.whenKept()
    const { history } = subscription
    const events = await read({ ...context, turns }, caller, subscription, history, filters)
    // It took its turns: what was withdrawn meanwhile is not told after it.
    if (!(await rightTo(context.gate, caller, subscription)).allow) throw refusal()
    return events
  }
}

/** Who may not listen now may not read what was said. */
async function requireRight(gate: Gate, caller: Peer, subscription: Subscription): Promise<void> {
  const decision = await rightTo(gate, caller, subscription)
  gate.applied(caller, 'subscribe', subscription.topic, decision)
  if (!decision.allow) throw refusal()
  decision.delivered?.add()
}

function rightTo(
  gate: Gate,
  caller: Peer,
  { topic, match }: Subscription,
): Decision | Promise<Decision> {
  return gate.decide(caller, 'subscribe', topic, match)
}

function refusal(): WampError {
  const text = 'who may not subscribe may not read its history'
  return new WampError('wamp.error.not_authorized', text)
}

async function read(
  { clock, store, limits, turns }: GetEventsContext & { readonly turns: Turns },
  caller: Peer,
  subscription: Subscription,
  { stream, limit: kept }: TopicHistory,
  { limit = kept, ...filters }: EventFilters,
): Promise<{ args: Dict[]; kwargs?: Dict }> {
  const sight = sightOf(caller.features)
  const events: Dict[] = []
  let bytes = 0
  let beyond: number | undefined
  const until = clock.now() + limits.procedureMs
  for (;;) {
    await turns.next()
    // Nobody waits for the rest: reading on would take turns from those who do.
    if (caller.gone || clock.now() > until) return { args: events }
    const wanted = Math.min(pageSize, limit - events.length)
    const page = await store.listEvents({
      ...filters,
      stream,
      limit: wanted,
      ...(beyond !== undefined && { beyond }),
    })
    for (const event of page) {
      // Its publisher's lists hold for who asks as they did for who listened.
      if (audienceOf(event.lists)?.(caller) === false) continue
      bytes += overheadBytes + event.payload.length
      if (bytes > limits.historyAnswerBytes && events.length > 0) {
        return { args: events, kwargs: { truncated: true } }
      }
      events.push(answerOf(subscription, event, sight))
    }
    if (page.length < wanted || events.length === limit) return { args: events }
    beyond = page.at(-1)?.number
  }
}

function answerOf({ id, match }: Subscription, event: StoredEvent, sight: number): Dict {
  const { at, publication, topic, marks } = event
  const { args, kwargs } = payloadOf(event).values()
  return {
    timestamp: new Date(at).toISOString(),
    subscription: id,
    publication,
    details: detailsOf(match, topic, marks as unknown as Marks, sight),
    ...(args !== undefined && { args }),
    ...(kwargs !== undefined && { kwargs }),
  }
}

function payloadOf({ serializer: name, elements, payload }: StoredEvent): Payload {
  const serializer = serializers.find((known) => known.name === name)
  if (serializer === undefined) throw new Error(`history has an event in unknown ${name}`)
  const { buffer, byteOffset, length } = payload
  return Payload.raw(serializer, Buffer.from(buffer, byteOffset, length), elements)
}
