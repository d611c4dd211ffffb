import assert from 'node:assert/strict'
import { startOpenRouter, type OpenRouter } from '../support/open-router.ts'
import type { WampClient } from '../support/wamp-client.ts'
import { describeCalls } from './acceptance/calls.ts'
import { describeIdentification } from './acceptance/identification.ts'
import { describePayloads } from './acceptance/payloads.ts'
import { describePublish } from './acceptance/publish.ts'
import { describeRealms } from './acceptance/realms.ts'
import {
  rawSocketJson,
  rawSocketMsgpack,
  webSocketJson,
  webSocketMsgpack,
  type Scene,
  type Way,
} from './acceptance/scene.ts'
import { describeSessions } from './acceptance/sessions.ts'
import { describeUris } from './acceptance/uris.ts'
import { describeViolations } from './acceptance/violations.ts'

type Suite = (scene: () => Scene) => void

/** Who asks, who is asked, and what of it is tried: across serializers, what depends on two parties. */
const pairs: readonly (readonly [Way, Way, readonly Suite[]])[] = [
  ...[webSocketJson, webSocketMsgpack, rawSocketJson, rawSocketMsgpack].map(
    (way) =>
      [
        way,
        way,
        [
          describeSessions,
          describeViolations,
          describeUris,
          describePublish,
          describeIdentification,
          describeCalls,
          describePayloads,
          describeRealms,
        ],
      ] as const,
  ),
  ...(
    [
      [webSocketJson, webSocketMsgpack],
      [rawSocketMsgpack, webSocketJson],
      [rawSocketJson, rawSocketMsgpack],
    ] as const
  ).map(
    (pair) =>
      [
        ...pair,
        [
          describePublish,
          describeIdentification,
          describeCalls,
          describePayloads,
          describeRealms,
        ],
      ] as const,
  ),
]

for (const [way, otherWay, suites] of pairs) {
  const name = way === otherWay ? way.name : `${way.name}, with ${otherWay.name}`

  describe(`Over ${name}`, () => {
    let open: OpenRouter

    before(async () => {
      open = await startOpenRouter()
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
      way,
      connect: () => way.connect(open),
      join: (realm, details) => joined(way.connect(open), realm, details),
      joinOther: (realm, details) => joined(otherWay.connect(open), realm, details),
    })

    for (const suite of suites) suite(scene)
  })
}
