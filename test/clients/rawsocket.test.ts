import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MsgpackSerializer } from 'wampy/MsgpackSerializer.js'
import { Wampy } from 'wampy'
import { Connection } from '../../clients/connection.ts'
import { anonymous } from '../../clients/credential.ts'
import { rawSocketClass } from '../../clients/rawsocket.ts'
import type { RawSocketPlace } from '../../clients/rawsocket.ts'
import type { Serializer } from '../../clients/serializer.ts'
import type { WebSocketLike } from '../../clients/wire.ts'
import { listenRawSocket } from '../../router/transports/rawsocket.ts'
import type { Listener } from '../../router/transport.ts'
import { startOpenRouter } from '../support/open-router.ts'
import type { OpenRouter } from '../support/open-router.ts'

describe('RawSocket in the shape of a WebSocket', () => {
  describe('at a router', () => {
    let open: OpenRouter
    let folder: string
    let unix: Listener
    let places: Record<string, RawSocketPlace>

    before(async () => {
      open = await startOpenRouter()
      folder = await mkdtemp(join(tmpdir(), 'lk-raw-'))
      unix = await listenRawSocket(open.router, { path: join(folder, 's') })
      places = {
        'a Unix socket': { path: join(folder, 's') },
        TCP: { host: '127.0.0.1', port: open.rawPort },
      }
    })

    after(async () => {
      await open.stop()
      await unix.close()
      await rm(folder, { recursive: true })
    })

    const serializers: Record<string, Serializer | undefined> = {
      JSON: undefined,
      MessagePack: new MsgpackSerializer(),
    }
    for (const place of ['a Unix socket', 'TCP'])
      for (const [format, serializer] of Object.entries(serializers))
        it(`carries calls and events over ${place} in ${format}`, async () => {
          const client = new Connection({
            url: 'ws://localhost/',
            realm: 'realm1',
            credential: () => anonymous,
            webSocket: rawSocketClass(places[place] as RawSocketPlace),
            ...(serializer && { serializer }),
          })
          await client.connect()
          await client.register('long', ({ args }) => args[0])
          const text = 'ä'.repeat(200_000)
          assert.deepEqual((await client.call('long', [text])).args, [text])
          const many = Array.from({ length: 500 }, (_, index) => client.call('long', [index]))
          const answers = await Promise.all(many)
          assert.deepEqual(
            answers.map(({ args }) => args[0]),
            [...answers.keys()],
          )
          const other = await open.join('realm1')
          const heard = new Promise((resolve) => {
            void client
              .subscribe('t', ({ args }) => resolve(args[0]))
              .then(async () => {
                other.send([16, 1, {}, 't', ['news']])
              })
          })
          assert.equal(await heard, 'news')
          await client.close()
        })

    it('serves an unmodified wampy', async () => {
      const wampy = new Wampy('ws://localhost/', {
        realm: 'realm1',
        ws: rawSocketClass(places['TCP'] as RawSocketPlace) as never,
      })
      await wampy.connect()
      await wampy.register('hello', () => ({ argsList: ['hi'] }))
      assert.deepEqual((await wampy.call('hello')).argsList, ['hi'])
      await wampy.disconnect()
    })

    it('refuses a protocol that RawSocket has no number for', () => {
      const RawSocket = rawSocketClass(places['TCP'] as RawSocketPlace)
      assert.throws(() => new RawSocket('', ['wamp.2.ubjson']), /"wamp\.2\.ubjson"; allowed are/)
    })
  })

  describe('at a peer that it must not trust', () => {
    let server: Server
    let peer: Promise<Socket>
    let socket: WebSocketLike | undefined
    let events: string[]
    let over: Promise<string>

    beforeEach(async () => {
      server = createServer()
      server.listen(0, '127.0.0.1')
      await new Promise((resolve) => server.once('listening', resolve))
      peer = new Promise((resolve) => server.once('connection', resolve))
      events = []
    })

    afterEach(async () => {
      socket?.terminate?.()
      ;(await peer).destroy()
      server.close()
    })

    function connect(protocol = 'wamp.2.json', handshakeTimeoutMs = 5_000): WebSocketLike {
      const { port } = server.address() as AddressInfo
      const RawSocket = rawSocketClass({ host: '127.0.0.1', port }, { handshakeTimeoutMs })
      const made = new RawSocket('', [protocol])
      over = new Promise((resolve) => {
        Object.assign(made, {
          onopen: () => events.push('open'),
          onmessage: ({ data }: { data: string }) => events.push(data),
          onerror: ({ message }: { message: string }) => events.push(message),
          onclose: ({ reason }: { reason: string }) => resolve(reason),
        })
      })
      socket = made
      return made
    }

    async function opened(length = 0xf): Promise<Socket> {
      const other = await peer
      await new Promise<void>((resolve) => other.once('data', () => resolve()))
      other.write(Buffer.of(0x7f, (length << 4) | 1, 0, 0))
      return other
    }

    async function until(count: number): Promise<void> {
      const giveUpAt = Date.now() + 3_000
      while (events.length < count && Date.now() < giveUpAt)
        await new Promise((resolve) => setImmediate(resolve))
    }

    it('says what it speaks and how long its frames may be', async () => {
      connect('wamp.2.msgpack')
      const hello = await new Promise((resolve) => void peer.then((it) => it.once('data', resolve)))
      assert.deepEqual(hello, Buffer.of(0x7f, 0xf2, 0, 0))
    })

    const answers = {
      'is refused for its serializer': ['7f100000', /does not speak this serializer/],
      'is refused for want of room': ['7f400000', /too many connections/],
      'gets a code that it does not know': ['7f900000', /code 9/],
      'meets something else': ['48545450', /speaks something else/],
      'gets another serializer': ['7ff20000', /answered 0x7ff20000/],
      'finds reserved octets used': ['7ff10001', /answered 0x7ff10001/],
    } as const
    for (const [what, [hex, reason]] of Object.entries(answers))
      it(`closes when it ${what}`, async () => {
        connect()
        const other = await peer
        other.write(Buffer.from(hex, 'hex'))
        assert.match(await over, reason)
        assert.equal(socket?.readyState, 3)
        assert.equal(events.length, 1)
      })

    it('closes when the handshake is not answered', async () => {
      connect('wamp.2.json', 20)
      await peer
      assert.match(await over, /no handshake in 20 ms/)
    })

    it('puts frames together, however they come', async () => {
      connect()
      const other = await opened()
      const bytes = Buffer.concat([
        Buffer.from('0000000361', 'hex'),
        Buffer.from('6263', 'hex'),
        Buffer.from('00000000', 'hex'),
        Buffer.from('0000000164', 'hex'),
      ])
      await until(1)
      for (const byte of bytes) {
        other.write(Buffer.of(byte))
        await new Promise((resolve) => setImmediate(resolve))
      }
      other.write(bytes)
      await until(7)
      assert.deepEqual(events, ['open', 'abc', '', 'd', 'abc', '', 'd'])
    })

    it('answers PING with one PONG of the same payload, and ignores PONG', async () => {
      connect()
      const other = await opened()
      await until(1)
      other.write(Buffer.from('02000001ff', 'hex'))
      other.write(Buffer.from('01000003010203', 'hex'))
      const answer = await new Promise((resolve) => other.once('data', resolve))
      assert.deepEqual(answer, Buffer.from('02000003010203', 'hex'))
    })

    const prefixes = {
      'of a kind that there is not': '03000000',
      'with a reserved bit': '80000000',
      'with a length beside the bit that stands for one': '08000001',
    } as const
    for (const [what, hex] of Object.entries(prefixes))
      it(`closes at a frame ${what}`, async () => {
        connect()
        const other = await opened()
        await until(1)
        other.write(Buffer.from(hex, 'hex'))
        assert.match(await over, new RegExp(`begins with 0x${hex}`))
      })

    it('does not send what is longer than the router takes', async () => {
      const made = connect()
      await opened(0)
      await until(1)
      assert.throws(() => made.send('x'.repeat(513)), /513 bytes; the router takes 512/)
      made.send('x'.repeat(512))
    })

    it('is closed by the other end', async () => {
      connect()
      const other = await opened()
      await until(1)
      other.end()
      assert.equal(await over, '')
    })

    it('ends although the other end does not', async () => {
      const { port } = server.address() as AddressInfo
      const RawSocket = rawSocketClass({ host: '127.0.0.1', port }, { closeTimeoutMs: 20 })
      server.removeAllListeners('connection')
      const made = new RawSocket('', ['wamp.2.json'])
      socket = made
      const closed = new Promise<void>((resolve) => {
        Object.assign(made, { onclose: () => resolve(), onopen: () => made.close() })
      })
      peer = new Promise((resolve) =>
        server.once('connection', (other) => {
          other.pause()
          other.allowHalfOpen = true
          other.write(Buffer.of(0x7f, 0xf1, 0, 0))
          resolve(other)
        }),
      )
      await closed
    })
  })
})
