import assert from 'node:assert/strict'
import { join } from 'node:path'
import { loadConfig } from '../../config.ts'
import { startServer } from '../../server.ts'
import type { RunningServer } from '../../server.ts'
import { joinWithPython } from '../support/python.ts'
import type { PythonPlace, PythonSession } from '../support/python.ts'

const root = join(import.meta.dirname, '../..')

describe('autobahn for Python in an open realm', function () {
  this.timeout(30_000)
  let server: RunningServer
  let webSocket: string
  let rawSocket: string
  const sessions: PythonSession[] = []

  before(async () => {
    const config = await loadConfig(join(root, 'bench/open.yaml'))
    const quiet = { ...config, store: 'memory' as const, log: { level: 'silent' as const } }
    server = await startServer(quiet, { port: 0, rawsocketPort: 0 })
    webSocket = `ws://127.0.0.1:${server.port}/ws`
    const tcp = server.addresses.find((address) => address.startsWith('tcp:'))
    assert(tcp !== undefined)
    rawSocket = tcp.replace(/^tcp:/, 'rs:')
  })

  after(async () => {
    for (const session of sessions) await session.leave()
    await server.close()
  })

  async function joinOpen(
    url: string,
    serializer: PythonPlace['serializer'],
  ): Promise<PythonSession> {
    const session = await joinWithPython({ url, serializer, realm: 'realm1' })
    sessions.push(session)
    return session
  }

  for (const [name, place, serializers] of [
    ['WebSocket', () => webSocket, ['json', 'msgpack', 'cbor', 'msgpack.batched', 'cbor.batched']],
    ['RawSocket', () => rawSocket, ['json', 'msgpack', 'cbor']],
  ] as const)
    for (const serializer of serializers)
      it(`calls and publishes from one session to another over ${name} and ${serializer}`, async () => {
        const [one, two] = await Promise.all([
          joinOpen(place(), serializer),
          joinOpen(place(), serializer),
        ])
        assert.equal(one.joined.authrole, 'anonymous')
        assert.equal(one.joined.serializer, serializer)
        const procedure = `python.echo.${one.joined.session}`
        const topic = `python.news.${one.joined.session}`
        const values = [1, -2.5, 'ä€😀', true, null, { list: [2 ** 40, []] }]
        await one.register(procedure)
        assert.deepEqual(await two.call(procedure, ...values), [procedure, ...values])
        await one.subscribe(topic)
        await two.publish(topic, ...values)
        assert.deepEqual(await one.event(), values)
        await assert.rejects(
          two.call('python.not.there'),
          /^Error: wamp\.error\.no_such_procedure$/,
        )
      })

  it('calls from MessagePack on a RawSocket to JSON on a WebSocket', async () => {
    const callee = await joinOpen(webSocket, 'json')
    const caller = await joinOpen(rawSocket, 'msgpack')
    await callee.register('python.across')
    const values = ['ä€😀', 2 ** 53 - 1, { deep: [[[1.5]]] }]
    assert.deepEqual(await caller.call('python.across', ...values), ['python.across', ...values])
  })

  it('may use the options that autobahn alone knows, and others may not trip over them', async () => {
    const [one, two] = [await joinOpen(webSocket, 'json'), await joinOpen(rawSocket, 'msgpack')]
    const options = { force_reregister: true, concurrency: 2 }
    await one.register('python.busy', 'echo', { options })
    assert.deepEqual(await two.call('python.busy', 1), ['python.busy', 1])
    await one.subscribe('python.marked')
    await two.publishWith({ transaction_hash: 'abc', exclude_me: true }, 'python.marked', 1)
    assert.deepEqual(await one.event(), [1])
  })

  it('may not touch what is Latchkey’s own', async () => {
    const session = await joinOpen(webSocket, 'json')
    await assert.rejects(session.register('latchkey.person.disable'), /wamp\.error\./)
    await assert.rejects(session.call('latchkey.session.list'), /wamp\.error\./)
  })
})
