import assert from 'node:assert/strict'
import { startOpenRouter, type OpenRouter } from '../support/open-router.ts'
import type { WampClient } from '../support/wamp-client.ts'
import { describeCallers } from './acceptance/callers.ts'
import { describeAuthorization } from './acceptance/authorization.ts'
import { describeAuthentication } from './acceptance/authentication.ts'
import { describeCalls } from './acceptance/calls.ts'
import { describeEventHistory, historyTopics } from './acceptance/event-history.ts'
import { describeEventPassthru } from './acceptance/event-passthru.ts'
import { describeDynamicAuthorizer } from './acceptance/dynamic-authorizer.ts'
import { describeFaults } from './acceptance/faults.ts'
import { describeIdentification } from './acceptance/identification.ts'
import { describePassthruCalls } from './acceptance/passthru-calls.ts'
import { describeLists } from './acceptance/lists.ts'
import { describePayloads } from './acceptance/payloads.ts'
import { describeProgressiveCalls } from './acceptance/progressive-calls.ts'
import { describeProgressiveResults } from './acceptance/progressive-results.ts'
import { describePublish } from './acceptance/publish.ts'
import { describeRealms } from './acceptance/realms.ts'
import { describeReflection } from './acceptance/reflection.ts'
import { describeRegistrationMeta } from './acceptance/registration-meta.ts'
import { describeRegistrationPatterns } from './acceptance/registration-patterns.ts'
import { describeRerouting } from './acceptance/rerouting.ts'
import {
  longPollCbor,
  longPollJson,
  longPollMsgpack,
  rawSocketCbor,
  rawSocketJson,
  rawSocketMsgpack,
  webSocketCbor,
  webSocketJson,
  webSocketMsgpack,
  way,
  type Scene,
  type Way,
} from './acceptance/scene.ts'
import { describeRemoval } from './acceptance/removal.ts'
import { describeResumption } from './acceptance/resumption.ts'
import { describeRetained } from './acceptance/retained.ts'
import { describeRevokedSubscriptions } from './acceptance/revoked-subscriptions.ts'
import { describeShardedSubscriptions } from './acceptance/sharded-subscriptions.ts'
import { describeTopicPatterns } from './acceptance/topic-patterns.ts'
import { describeSharedRegistrations } from './acceptance/shared-registrations.ts'
import { describeSessionMeta } from './acceptance/session-meta.ts'
import { describeSubscriptionMeta } from './acceptance/subscription-meta.ts'
import { describeTestaments } from './acceptance/testaments.ts'
import { describeSessions } from './acceptance/sessions.ts'
import { describeUris } from './acceptance/uris.ts'
import { describeValidation } from './acceptance/validation.ts'
import { describeViolations } from './acceptance/violations.ts'
import { describeWire } from './acceptance/wire.ts'

type Suite = (scene: () => Scene) => void

const ofTheBroker: readonly Suite[] = [
  describeIdentification,
  describeLists,
  describeTopicPatterns,
  describeShardedSubscriptions,
  describeRevokedSubscriptions,
  describeRetained,
  describeEventHistory,
  describeEventPassthru,
]
const ofTheDealer: readonly Suite[] = [
  describeRegistrationPatterns,
  describeSharedRegistrations,
  describeProgressiveResults,
  describeProgressiveCalls,
  describeRerouting,
  describeCallers,
  describePassthruCalls,
]
const ofAuthorization: readonly Suite[] = [
  describeAuthorization,
  describeDynamicAuthorizer,
  describeValidation,
  describeReflection,
]
const ofMeta: readonly Suite[] = [
  describeSessionMeta,
  describeRegistrationMeta,
  describeSubscriptionMeta,
  describeRemoval,
  describeTestaments,
  describeResumption,
]
const all: readonly Suite[] = [
  describeSessions,
  describeAuthentication,
  describeViolations,
  describeWire,
  describeUris,
  describePublish,
  ...ofTheBroker,
  describeCalls,
  describePayloads,
  describeRealms,
  describeFaults,
  ...ofAuthorization,
  ...ofTheDealer,
  ...ofMeta,
]
/** What depends on two parties: across serializers and transports. */
const ofTwo: readonly Suite[] = [
  describePublish,
  ...ofTheBroker,
  describeCalls,
  describePayloads,
  describeWire,
  describeRealms,
  describeFaults,
  ...ofAuthorization,
  ...ofTheDealer,
  ...ofMeta,
]
/** What tells whether a place or a framing carries what others carry. */
const ofOne: readonly Suite[] = [describeSessions, describePublish, describeCalls]

/** Who asks, who is asked, and what of it is tried. */
const pairs: readonly (readonly [Way, Way, readonly Suite[]])[] = [
  ...[
    webSocketJson,
    webSocketMsgpack,
    webSocketCbor,
    rawSocketJson,
    rawSocketMsgpack,
    rawSocketCbor,
    longPollJson,
    longPollMsgpack,
    longPollCbor,
  ].map((each) => [each, each, all] as const),
  [webSocketJson, webSocketMsgpack, ofTwo],
  [rawSocketMsgpack, webSocketJson, ofTwo],
  [rawSocketJson, rawSocketMsgpack, ofTwo],
  [longPollJson, rawSocketMsgpack, ofTwo],
  [webSocketMsgpack, longPollJson, ofTwo],
  [webSocketCbor, webSocketJson, ofTwo],
  [rawSocketMsgpack, rawSocketCbor, ofTwo],
  ...[
    way('websocket', 'json', { place: 'one port', batched: true }),
    way('rawsocket', 'msgpack', { place: 'one port' }),
    way('longpoll', 'json', { place: 'one port', batched: true }),
    way('websocket', 'cbor', { place: 'one port, TLS', batched: true }),
    way('rawsocket', 'json', { place: 'one port, TLS' }),
    way('longpoll', 'msgpack', { place: 'one port, TLS', batched: true }),
    way('rawsocket', 'msgpack', { place: 'unix' }),
    way('websocket', 'json', { batched: true }),
    way('websocket', 'msgpack', { batched: true }),
    way('websocket', 'cbor', { batched: true }),
  ].map((each) => [each, each, ofOne] as const),
]

for (const [here, there, suites] of pairs) {
  const name = here === there ? here.name : `${here.name}, with ${there.name}`

  describe(`Over ${name}`, () => {
    let open: OpenRouter

    before(async () => {
      // A connection that is free for another session is closed soon.
      const limits = { goodbyeMs: 250 }
      open = await startOpenRouter({ realm: { topics: historyTopics }, limits })
    })
    after(() => open.stop())

    afterEach(async () => {
      await open.dropClients()
      for (const realm of open.router.realms.values()) {
        assert.deepEqual(
          [realm.sessions.size, realm.dealer.registrations.size, realm.broker.size],
          [0, 0, 0],
        )
      }
    })

    const joined = async (
      connecting: Promise<WampClient>,
      realm?: string,
      details?: Record<string, unknown>,
    ): Promise<WampClient> => {
      const client = await connecting
      await client.join(realm, details)
      return client
    }
    const scene = (): Scene => ({
      open,
      way: here,
      many: [here, there].some(({ transport }) => transport === 'longpoll') ? 300 : 3_000,
      otherWay: there,
      connect: () => here.connect(open),
      join: (realm, details) => joined(here.connect(open), realm, details),
      joinOther: (realm, details) => joined(there.connect(open), realm, details),
    })

    for (const suite of suites) suite(scene)
  })
}
