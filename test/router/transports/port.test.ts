import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import WebSocket from 'ws'
import { listenHttp, type Listening } from '../../../listeners.ts'
import { Router } from '../../../router/router.ts'
import { Certificates } from '../../../router/transports/certificates.ts'
import { createCertificates, type TestCertificates } from '../../support/certificates.ts'
import { closed } from '../../support/closed.ts'
import { ask } from '../../support/longpoll-line.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { allowAll, anyone } from '../../support/open-router.ts'
import { until } from '../../support/until.ts'
import { WampClient } from '../../support/wamp-client.ts'

describe('One port for all', () => {
  let files: TestCertificates
  let clock: ManualClock
  let router: Router
  let certificates: Certificates
  let listening: Listening & { readonly port: number }

  before(async () => {
    files = await createCertificates()
  })
  after(() => files.remove())

  beforeEach(async () => {
    clock = new ManualClock()
    router = new Router({ clock, limits: { joinMs: 5_000, joiningPerAddress: 3, connections: 4 } })
    router.addRealm({ uri: 'realm1', authenticators: [anyone], authorizer: allowAll })
    certificates = await Certificates.read(files.files, router)
    listening = await listenHttp(
      router,
      {
        host: '127.0.0.1',
        port: 0,
        path: '/ws',
        longpoll: '/lp',
        rawsocket: true,
        certificates,
        tlsRequired: false,
      },
      (_request, response) => response.end('the page'),
    )
  })
  afterEach(async () => {
    certificates.close()
    await listening.close()
    const done = router.close()
    await until(() => {
      clock.advance(1_000)
      return router.connections === 0
    })
    await done
  })

  const tls = (): { ca: string } => ({ ca: files.authority.cert })
  const opened = async (first = ''): Promise<Socket> => {
    const socket = connect(listening.port, '127.0.0.1')
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    if (first !== '') socket.write(Buffer.from(first, 'hex'))
    return socket
  }
  /** Connections of 127.0.0.1 that have not joined, counted by trying how many more there may be. */
  const isFull = (): boolean => {
    const leave = router.enter('127.0.0.1', () => undefined)
    leave?.()
    return leave === undefined
  }

  it('tells WebSocket, long-poll, RawSocket and the page apart by the first octet, each with and without TLS', async () => {
    const { port } = listening
    assert.deepEqual(listening.addresses, [
      `ws://127.0.0.1:${port}/ws`,
      `http://127.0.0.1:${port}/lp`,
      `tcp://127.0.0.1:${port}`,
      `wss://127.0.0.1:${port}/ws`,
      `https://127.0.0.1:${port}/lp`,
      `tls://127.0.0.1:${port}`,
    ])
    for (const line of [{}, { tls: tls() }]) {
      const s = 'tls' in line ? 's' : ''
      for (const connectTo of [
        () => WampClient.webSocket(`ws${s}://127.0.0.1:${port}/ws`, 'msgpack', line),
        () => WampClient.longPoll(`http${s}://127.0.0.1:${port}/lp`, 'json', line),
        () => WampClient.rawSocket({ port }, 'msgpack', 15, line),
      ]) {
        const client = await connectTo()
        await client.join()
        const [session] = router.realm('realm1')?.sessions.values() ?? []
        assert.equal(session?.facts.encrypted ?? false, s === 's')
        client.drop()
        await until(() => router.connections === 0)
      }
      const page = await ask(`http${s}://127.0.0.1:${port}/`, { method: 'GET', ...line })
      assert.equal(page.body.toString(), 'the page')
    }
  })

  it('is told by one octet that comes alone', async () => {
    const socket = await opened('7f')
    await new Promise((resolve) => setTimeout(resolve, 20))
    socket.write(Buffer.of(0xf1, 0, 0))
    const [answer] = (await once(socket, 'data')) as [Buffer]
    assert.deepEqual([answer[0], (answer[1] ?? 0) & 0x0f], [0x7f, 1])
    socket.destroy()
  })

  it('answers a WebSocket without a common subprotocol with 400, and does not upgrade it first', async () => {
    for (const offered of [['wamp.2.ubjson', 'mqtt'], []]) {
      const socket = new WebSocket(`ws://127.0.0.1:${listening.port}/ws`, offered)
      let upgraded = false
      socket.on('upgrade', () => (upgraded = true))
      socket.on('error', () => undefined)
      const [, response] = (await once(socket, 'unexpected-response')) as [
        unknown,
        { statusCode: number; resume(): void },
      ]
      response.resume()
      assert.deepEqual([response.statusCode, upgraded], [400, false])
    }
  })

  it('that is given rubbish answers as HTTP does, and closes', async () => {
    for (const rubbish of ['00', '0d0a0d0a', 'ff'.repeat(100), '1603']) {
      const socket = await opened(rubbish)
      socket.end()
      await closed(socket)
    }
    const garbled = await opened(`160301${'ff'.repeat(200)}`)
    await closed(garbled)
    const client = await WampClient.rawSocket({ port: listening.port })
    await client.join()
    client.drop()
  })

  it('closes who says nothing in time, before and after the TLS handshake', async () => {
    const silent = await opened()
    const half = await opened('16')
    const secured = connectTls({ port: listening.port, host: '127.0.0.1', ...tls() })
    await once(secured, 'secureConnect')
    await until(isFull)
    clock.advance(4_999)
    assert(!silent.destroyed && !half.destroyed && !secured.destroyed)
    clock.advance(1)
    await Promise.all([silent, half, secured].map((socket) => closed(socket)))
    await until(() => !isFull())
  })

  it('counts who says nothing among those of its address that have not joined', async () => {
    const silent = [await opened(), await opened('16'), await opened()]
    await until(isFull)
    const late = await opened()
    // Those that are there have had no time yet; the one too many is closed as soon as it has spoken.
    late.write('GET / HTTP/1.1\r\n\r\n')
    await closed(late)
    clock.advance(1_000)
    const client = await WampClient.rawSocket({ port: listening.port })
    await client.join()
    await closed(silent[0] as Socket)
    client.drop()
    for (const socket of silent) socket.destroy()
  })

  it('counts nobody who has gone', async () => {
    for (let i = 0; i < 10; i++) {
      const socket = await opened(i % 2 === 0 ? '' : '16')
      socket.destroy()
      await until(() => !isFull())
    }
    const clients: WampClient[] = []
    while (clients.length < 3) {
      const client = await WampClient.rawSocket({ port: listening.port }, 'json', 15, {
        tls: tls(),
      })
      await client.join()
      clients.push(client)
    }
    assert.equal(isFull(), false, 'who has joined is not counted among those who have not')
    for (const client of clients) client.drop()
  })

  it('that closes ends who has not said yet what it speaks, and no session', async () => {
    const client = await WampClient.rawSocket({ port: listening.port })
    await client.join()
    const silent = [await opened(), await opened('16'), await opened('7f')]
    await until(isFull)
    await listening.close()
    await Promise.all(silent.map((socket) => closed(socket)))
    assert.equal((await client.ask([48, 1, {}, 'nobody.here']))[0], 8)
    client.drop()
  })

  it('tells a RawSocket above the connection limit error 4', async () => {
    const clients: WampClient[] = []
    while (clients.length < 4) {
      const client = await WampClient.rawSocket({ port: listening.port })
      await client.join()
      clients.push(client)
    }
    const late = await opened('7ff10000')
    const [answer] = (await once(late, 'data')) as [Buffer]
    assert.equal(answer.toString('hex'), '7f400000')
    await closed(late)
    for (const client of clients) client.drop()
  })
})
