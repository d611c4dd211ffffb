import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { parseConfig } from '../../config.ts'
import { startServer } from '../../server.ts'
import { WampClient } from '../support/wamp-client.ts'

const config = parseConfig(
  `listen: { websocket: { host: 127.0.0.1, port: 0 } }
realms:
  - uri: realm1
    authmethods: [anonymous]
    topics: [{ uri: house., match: prefix, history: { limit: 2 } }]
    rules: [{ role: anonymous, uri: '', match: prefix, allow: { call: true, register: true, subscribe: true, publish: true } }]`,
  'test.yaml',
)

describe('a router with topics in its configuration', () => {
  let dir: string

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'latchkey-topics-'))
  })
  afterEach(() => rm(dir, { recursive: true }))

  /** A run of the router, with a client of it. */
  const run = async (task: (client: WampClient) => Promise<void>): Promise<void> => {
    const server = await startServer(config, { dir, logger: pino({ level: 'silent' }) })
    try {
      const client = await WampClient.webSocket(`ws://127.0.0.1:${server.port}/ws`)
      await client.join('realm1', { authmethods: ['anonymous'] })
      await task(client)
      client.close()
      await client.closed
    } finally {
      await server.close()
    }
  }

  it('keeps the last events of each in its data folder, also those that nobody waited for', async () => {
    await run(async (client) => {
      for (const door of ['front', 'back', 'garden']) {
        client.send([16, 1, {}, `house.${door}`, [door]])
      }
      await client.settle()
    })
    await run(async (client) => {
      const id = await client.subscribe('house.', { match: 'prefix' })
      const answer = await client.ask([48, 2, {}, 'wamp.subscription.get_events', [id]])
      const events = answer[3] as { details: object; args: unknown[] }[]
      assert.deepEqual(
        events.map(({ details, args }) => [details, args]),
        [
          [{ topic: 'house.back' }, ['back']],
          [{ topic: 'house.garden' }, ['garden']],
        ],
      )
    })
  })
})
