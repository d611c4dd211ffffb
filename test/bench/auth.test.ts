import assert from 'node:assert/strict'
import { join } from 'node:path'
import { loadConfig, type Config } from '../../config.ts'
import { startServer, type RunningServer } from '../../server.ts'
import { craSignature, type Extra } from '../support/proofs.ts'
import { allRoles, WampClient } from '../support/wamp-client.ts'

const historyTopic = 'com.example.history'

const bench = (name: string): Promise<Config> =>
  loadConfig(join(import.meta.dirname, '../../bench', name))

describe('bench/auth.yaml', function () {
  this.timeout(30_000)
  let config: Config
  let server: RunningServer
  let url: string

  before(async () => {
    config = await bench('auth.yaml')
    const quiet = { ...config, log: { level: 'silent' as const } }
    server = await startServer(quiet, { port: 0, rawsocketPort: 0 })
    url = `127.0.0.1:${server.port}`
  })
  after(() => server.close())

  it('is all of bench/open.yaml, with the history of one topic and a second realm', async () => {
    const { realms, ...rest } = config
    const { realms: openRealms, ...openRest } = await bench('open.yaml')
    assert.deepEqual(rest, openRest)
    assert.equal(config.listen.websocket?.longpoll, '/lp')
    const [realm1, auth1, ...others] = realms
    const [topic, ...topics] = realm1?.topics ?? []
    assert.deepEqual([topic?.uri, topic?.history, topics], [historyTopic, { limit: 1_000 }, []])
    assert.deepEqual([{ ...realm1, topics: [] }], openRealms)
    assert.deepEqual([auth1?.uri, others], ['auth1', []])
  })

  it('keeps the last 1,000 events of com.example.history in realm1, and gives them over long-poll', async () => {
    const publisher = await WampClient.webSocket(`ws://${url}/ws`)
    await publisher.join('realm1')
    for (let i = 1; i <= 1_005; i++) publisher.send([16, i, {}, historyTopic, [i]])
    await publisher.ask([16, 1_006, { acknowledge: true }, historyTopic, [1_006]])
    const asker = await WampClient.longPoll(`http://${url}/lp`)
    await asker.join('realm1')
    const id = await asker.subscribe(historyTopic)
    const [, , , events] = await asker.ask([48, 2, {}, 'wamp.subscription.get_events', [id]])
    assert.deepEqual(
      (events as { args: unknown[] }[]).map(({ args }) => args[0]),
      Array.from({ length: 1_000 }, (_, i) => i + 7),
    )
    for (const client of [publisher, asker]) client.drop()
  })

  it('allows a user of auth1 to register, call, subscribe and publish what it likes', async () => {
    const user = await WampClient.webSocket(`ws://${url}/ws`)
    const details = { roles: allRoles, authmethods: ['wampcra'], authid: 'cra-salted' }
    const [, , extra] = await user.ask([1, 'auth1', details])
    assert.equal((await user.ask([5, craSignature('cra-secret', extra as Extra), {}]))[0], 2)
    await user.register('any.name.at.all', 1)
    const topic = await user.subscribe('any.topic', {}, 2)
    user.echo()
    const answer = await user.ask([48, 3, { disclose_me: true }, 'any.name.at.all', ['on']])
    assert.deepEqual(answer, [50, 3, {}, ['on']])
    user.send([16, 4, { exclude_me: false, disclose_me: true }, 'any.topic', ['on']])
    assert.deepEqual((await user.next()).slice(0, 2), [36, topic])
    user.drop()
  })
})
