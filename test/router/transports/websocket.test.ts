import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { decode, encode } from '@msgpack/msgpack'
import { decode as decodeCbor, encode as encodeCbor } from 'cborg'
import WebSocket, { type ClientOptions } from 'ws'
import { frame, joinedByHand, upgradedByHand } from '../../support/hand-websocket.ts'
import { closed } from '../../support/closed.ts'
import { startOpenRouter, type OpenRouter } from '../../support/open-router.ts'
import { allRoles, type WampClient } from '../../support/wamp-client.ts'
import { assertViolation } from '../acceptance/scene.ts'

/** The status with which an upgrade is refused. */
async function refusal(url: string, protocols: string[], options?: ClientOptions): Promise<number> {
  const socket = new WebSocket(url, protocols, options)
  socket.on('error', () => undefined)
  const [, response] = (await once(socket, 'unexpected-response')) as [
    unknown,
    { statusCode: number; resume(): void },
  ]
  response.resume()
  return response.statusCode
}

describe('WebSocket', () => {
  let open: OpenRouter

  before(async () => {
    open = await startOpenRouter({
      limits: { messageBytes: 100_000, joinMessageBytes: 2_000, pendingBytes: 400_000 },
      webSocket: { origins: ['https://house.example'] },
    })
  })
  after(() => open.stop())
  afterEach(() => open.dropClients())

  describe('opening handshake', () => {
    const negotiated = async (...offered: string[]): Promise<string> => {
      const socket = new WebSocket(open.url, offered)
      await once(socket, 'open')
      const { protocol } = socket
      socket.terminate()
      return protocol
    }

    it('negotiates the first subprotocol of the client that the router speaks', async () => {
      assert.equal(await negotiated('wamp.2.json'), 'wamp.2.json')
      assert.equal(await negotiated('wamp.2.msgpack', 'wamp.2.json'), 'wamp.2.msgpack')
      assert.equal(
        await negotiated(
          'wamp.2.cbor.batched',
          'wamp.2.cbor',
          'wamp.2.msgpack.batched',
          'wamp.2.msgpack',
          'wamp.2.json.batched',
          'wamp.2.json',
        ),
        'wamp.2.cbor.batched',
      )
      assert.equal(
        await negotiated('wamp.2.ubjson', 'wamp.2.json.batched', 'wamp.2.json'),
        'wamp.2.json.batched',
      )
    })

    it('fails without a common subprotocol, and without any', async () => {
      assert.equal(await refusal(open.url, ['wamp.2.ubjson', 'mqtt']), 400)
      assert.equal(await refusal(open.url, []), 400)
    })

    it('fails on another path', async () => {
      assert.equal(await refusal(open.url.replace('/ws', '/other'), ['wamp.2.json']), 404)
      const socket = new WebSocket(`${open.url}?x=1`, ['wamp.2.json'])
      await once(socket, 'open')
      socket.terminate()
    })

    it('fails for a page of a foreign origin, and not for our own or a listed one', async () => {
      const from = (origin: string): ClientOptions => ({ origin })
      assert.equal(await refusal(open.url, ['wamp.2.json'], from('https://evil.example')), 403)
      assert.equal(await refusal(open.url, ['wamp.2.json'], from('null')), 403)
      for (const origin of [`http://127.0.0.1:${open.port}`, 'https://house.example']) {
        const socket = new WebSocket(open.url, ['wamp.2.json'], from(origin))
        await once(socket, 'open')
        socket.terminate()
      }
    })

    it('that is refused leaves no connection open', async () => {
      const socket = connect(open.port, '127.0.0.1')
      socket.write(
        'GET /other HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      )
      socket.resume()
      // The client does not end its side.
      await closed(socket)
    })
  })

  describe('messages', () => {
    it('of wamp.2.json are text, of wamp.2.msgpack binary', async () => {
      for (const [format, binary] of [
        ['json', false],
        ['msgpack', true],
      ] as const) {
        const socket = new WebSocket(open.url, `wamp.2.${format}`)
        await once(socket, 'open')
        const hello =
          format === 'json'
            ? JSON.stringify([1, 'realm1', { roles: allRoles }])
            : Buffer.from([
                0x93,
                1,
                0xa6,
                ...Buffer.from('realm1'),
                0x81,
                0xa5,
                ...Buffer.from('roles'),
                0x81,
                0xa6,
                ...Buffer.from('caller'),
                0x80,
              ])
        socket.send(hello)
        const [, isBinary] = (await once(socket, 'message')) as [Buffer, boolean]
        assert.equal(isBinary, binary)
        socket.terminate()
      }
    })

    it('of wamp.2.cbor are binary, one message of CBOR each', async () => {
      const socket = new WebSocket(open.url, 'wamp.2.cbor')
      await once(socket, 'open')
      assert.equal(socket.protocol, 'wamp.2.cbor')
      socket.send(encodeCbor([1, 'realm1', { roles: allRoles }]))
      const [welcome, isBinary] = (await once(socket, 'message')) as [Buffer, boolean]
      assert.equal(isBinary, true)
      const [type, session] = decodeCbor(welcome) as unknown[]
      assert.equal(type, 2)
      assert.ok(open.realm1.sessions.has(Number(session)))
      const messages: Buffer[] = []
      socket.on('message', (data) => messages.push(data as Buffer))
      for (const request of [1, 2]) socket.send(encodeCbor([48, request, {}, 'nobody.here']))
      while (messages.length < 2) await once(socket, 'message')
      for (const [i, data] of messages.entries()) {
        assert.deepEqual((decodeCbor(data) as unknown[]).slice(0, 3), [8, 48, i + 1])
      }
      socket.terminate()
    })

    it('of the other kind are a protocol error', async () => {
      for (const [name, binary] of [
        ['json', false],
        ['msgpack', true],
        ['cbor', true],
        ['json.batched', false],
        ['msgpack.batched', true],
        ['cbor.batched', true],
      ] as const) {
        const socket = new WebSocket(open.url, `wamp.2.${name}`)
        await once(socket, 'open')
        socket.send(Buffer.from('[]'), { binary: !binary })
        const [data] = (await once(socket, 'message')) as [Buffer]
        assert.match(data.toString('latin1'), /wamp\.error\.protocol_violation/)
        const [code] = await once(socket, 'close')
        assert.equal(code, 1002)
      }
    })

    it('that are not UTF-8 are answered with ABORT before the connection is closed', async () => {
      const socket = new WebSocket(open.url, 'wamp.2.json')
      await once(socket, 'open')
      socket.send(Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]), { binary: false })
      const [data] = (await once(socket, 'message')) as [Buffer]
      assert.match(data.toString(), /protocol_violation/)
      await once(socket, 'close')
    })

    it('may come in fragments, with pings between them', async () => {
      const { socket, wamp } = await joinedByHand(open)
      const text = Buffer.from(JSON.stringify([48, 7, {}, 'nobody.here']))
      socket.write(frame(1, text.subarray(0, 5), { fin: false }))
      socket.write(frame(9, Buffer.from('are you there')))
      socket.write(frame(0, text.subarray(5, 9), { fin: false }))
      socket.write(frame(0, text.subarray(9)))
      assert.deepEqual(await wamp.next(), { opcode: 10, text: 'are you there' })
      assert.match((await wamp.next()).text, /no_such_procedure/)
      socket.destroy()
    })

    it('that WebSocket itself forbids end the session, and only that', async () => {
      const other = await open.join()
      for (const bytes of [
        // Reserved bits, an unknown opcode, no mask, a continuation of nothing, a long ping.
        Buffer.of(0xf1, 0x80, 0, 0, 0, 0),
        Buffer.of(0x83, 0x80, 0, 0, 0, 0),
        Buffer.of(0x81, 0x01, 0x31),
        frame(0, Buffer.from('x')),
        frame(9, Buffer.alloc(126)),
      ]) {
        const { socket } = await joinedByHand(open)
        socket.write(bytes)
        await closed(socket)
        assert.equal(open.realm1.sessions.size, 1)
      }
      assert.deepEqual(await other.settle(), [])
    })
  })

  describe('batches', () => {
    const hello = [1, 'realm1', { roles: allRoles }]
    const write = {
      json: (message: unknown) => Buffer.from(`${JSON.stringify(message)}\x1e`),
      msgpack: (message: unknown) => prefixed(encode(message)),
      cbor: (message: unknown) => prefixed(encodeCbor(message)),
    }
    type Format = keyof typeof write
    const formats: readonly Format[] = ['json', 'msgpack', 'cbor']

    function prefixed(content: Uint8Array): Buffer {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(content.length)
      return Buffer.concat([length, content])
    }

    function visible(data: Buffer): string {
      return data.toString().replaceAll('\x1e', '<1e>').replaceAll('\x18', '<18>')
    }

    /** A joined connection of which each WebSocket message is seen as it is. */
    async function batched(format: Format, from = open): Promise<Batched> {
      const socket = new WebSocket(from.url, `wamp.2.${format}.batched`)
      const received: { data: Buffer; isBinary: boolean }[] = []
      const waiting: (() => void)[] = []
      socket.on('message', (data, isBinary) => {
        received.push({ data: data as Buffer, isBinary })
        waiting.shift()?.()
      })
      await once(socket, 'open')
      const client = {
        socket,
        send: (...messages: unknown[]) => {
          const batch = Buffer.concat(messages.map(write[format]))
          socket.send(batch, { binary: format !== 'json' })
        },
        next: async () => {
          while (received.length === 0) await new Promise<void>((resolve) => waiting.push(resolve))
          return received.shift() as { data: Buffer; isBinary: boolean }
        },
      }
      client.send(hello)
      await client.next()
      return client
    }

    interface Batched {
      readonly socket: WebSocket
      /** Sends messages as one batch. */
      send(...messages: unknown[]): void
      next(): Promise<{ data: Buffer; isBinary: boolean }>
    }

    it('is told of by its own subprotocol in the meta API', async () => {
      const client = await batched('json')
      client.send([48, 1, {}, 'wamp.session.list'])
      const list = visible((await client.next()).data)
      const id = /\[\[(\d+)/.exec(list)?.[1]
      client.send([48, 2, {}, 'wamp.session.get', [Number(id)]])
      assert.match(visible((await client.next()).data), /"protocol":"wamp\.2\.json\.batched"/)
      client.socket.terminate()
    })

    it('of wamp.2.json.batched are text, with 0x1e after each message and also after a lone one', async () => {
      const client = await batched('json')
      client.send([48, 1, {}, 'nobody.here'])
      const one = await client.next()
      assert.equal(one.isBinary, false)
      assert.match(visible(one.data), /^\[8,48,1,[^<]*\]<1e>$/)
      client.send([48, 2, {}, 'nobody.here'], [48, 3, {}, 'nobody.here'])
      const two = await client.next()
      assert.match(visible(two.data), /^\[8,48,2,[^<]*\]<1e>\[8,48,3,[^<]*\]<1e>$/)
      client.socket.terminate()
    })

    it('of JSON are read with 0x18 in the place of 0x1e, which is octal for decimal, and answered with 0x1e', async () => {
      const client = await batched('json')
      client.socket.send('[48,1,{},"nobody.here"]\x18[48,2,{},"nobody.here"]\x18')
      const { data } = await client.next()
      assert.match(visible(data), /^\[8,48,1,[^<]*\]<1e>\[8,48,2,[^<]*\]<1e>$/)
      client.socket.terminate()
    })

    it('of wamp.2.msgpack.batched are binary, with the length of each message in four octets before it', async () => {
      const client = await batched('msgpack')
      client.send([48, 1, {}, 'nobody.here'], [48, 2, {}, 'nobody.here'])
      const { data, isBinary } = await client.next()
      assert.equal(isBinary, true)
      const length = data.readUInt32BE(0)
      assert.deepEqual((decode(data.subarray(4, 4 + length)) as unknown[]).slice(0, 3), [8, 48, 1])
      assert.equal(data.readUInt32BE(4 + length), data.length - length - 8)
      assert.deepEqual((decode(data.subarray(8 + length)) as unknown[]).slice(0, 3), [8, 48, 2])
      client.socket.terminate()
    })

    it('of wamp.2.cbor.batched have the same framing around messages of CBOR', async () => {
      const client = await batched('cbor')
      client.send([48, 1, {}, 'nobody.here'], [48, 2, {}, 'nobody.here'])
      const { data, isBinary } = await client.next()
      assert.equal(isBinary, true)
      const length = data.readUInt32BE(0)
      assert.deepEqual(
        (decodeCbor(data.subarray(4, 4 + length)) as unknown[]).slice(0, 3),
        [8, 48, 1],
      )
      assert.equal(data.readUInt32BE(4 + length), data.length - length - 8)
      assert.deepEqual((decodeCbor(data.subarray(8 + length)) as unknown[]).slice(0, 3), [8, 48, 2])
      client.socket.terminate()
    })

    it('of no message fail the transport, and a message that is alone goes as a batch of one', async () => {
      for (const format of formats) {
        const client = await batched(format)
        client.send([48, 1, {}, 'nobody.here'])
        const { data } = await client.next()
        if (format === 'json') assert.equal(data.indexOf(0x1e), data.length - 1)
        else assert.equal(data.readUInt32BE(), data.length - 4)
        const closing = once(client.socket, 'close')
        client.socket.send(Buffer.alloc(0), { binary: format !== 'json' })
        const abort = await client.next()
        assert.match(abort.data.toString('latin1'), /a batch has no message.*protocol_violation/)
        assert.equal((await closing)[0], 1002)
      }
    })

    it('with a length too many or without their end fail the transport, after ABORT', async () => {
      const wrong: Readonly<Record<Format, readonly (string | Buffer)[]>> = {
        json: [
          '',
          '[48,1,{},"a.b"]',
          '[48,1,{},"a.b"]\x1e[',
          '\x1e',
          '[48,1,{},"a.b"]\x1e\x1e',
          '[]\x1e',
        ],
        msgpack: [
          '',
          '00',
          '00000000',
          '00000001',
          '00000002924301',
          'ffffffff',
          '0000000190ff',
        ].map((hex) => Buffer.from(hex, 'hex')),
        cbor: [
          '',
          '0000',
          '00000000',
          '00000002',
          '00000001821843',
          'ffffffff',
          '0000000180ff',
        ].map((hex) => Buffer.from(hex, 'hex')),
      }
      for (const format of formats) {
        for (const bytes of wrong[format]) {
          const client = await batched(format)
          const closing = once(client.socket, 'close')
          client.socket.send(bytes, { binary: format !== 'json' })
          const { data } = await client.next()
          assert.match(data.toString('latin1'), /wamp\.error\.protocol_violation/)
          const [code] = await closing
          assert.equal(code, 1002)
        }
      }
    })

    it('go out as one for all that one tick sends to a session, up to batchBytes', async () => {
      const small = await startOpenRouter({ limits: { batchBytes: 1_000 } })
      try {
        for (const [from, expected] of [
          [open, 1],
          [small, 20],
        ] as const) {
          const client = await batched('json', from)
          const calls = Array.from({ length: 100 }, (_, i) => [48, i + 1, {}, 'nobody.here'])
          client.send(...calls)
          const answers: unknown[] = []
          let batches = 0
          while (answers.length < 100) {
            const { data } = await client.next()
            batches++
            if (from === small) assert.ok(data.length < 1_100)
            const texts = data.toString().slice(0, -1).split('\x1e')
            answers.push(...texts.map((text) => (JSON.parse(text) as unknown[])[2]))
          }
          assert.deepEqual(
            answers,
            calls.map(([, request]) => request),
          )
          if (expected === 1) assert.equal(batches, 1)
          else assert.ok(batches > 5, `${batches} batches`)
          client.socket.terminate()
        }
      } finally {
        await small.stop()
      }
    })

    it('count as one message: one that is too long is answered with ABORT', async () => {
      const client = await batched('json')
      const closing = once(client.socket, 'close')
      const event = [16, 1, {}, 'a.b', ['x'.repeat(30_000)]]
      client.send(event, [...event], [...event], [...event])
      const { data } = await client.next()
      assert.match(data.toString(), /allowed are 100000.*protocol_violation/)
      await closing
    })

    it('keep what is behind a message that waits for a decision, in its order', async () => {
      const slow = await startOpenRouter({
        limits: { parked: 2 },
        realm: {
          authorizer: async () => {
            await new Promise((resolve) => setImmediate(resolve))
            return { allow: true }
          },
        },
      })
      try {
        for (const format of formats) {
          const client = await batched(format, slow)
          const calls = Array.from({ length: 50 }, (_, i) => [48, i + 1, {}, 'nobody.here'])
          client.send(...calls)
          client.send([48, 51, {}, 'nobody.here'])
          let answered = 0
          while (answered < 51) {
            const { data } = await client.next()
            answered += data.toString('latin1').split('no_such_procedure').length - 1
          }
          client.socket.terminate()
        }
      } finally {
        await slow.stop()
      }
    })

    it('end with ABORT or GOODBYE: what is behind is not taken', async () => {
      const client = await batched('json')
      const closing = once(client.socket, 'close')
      client.send([6, {}, 'wamp.close.normal'], [48, 1, {}, 'nobody.here'])
      const { data } = await client.next()
      assert.equal(data.toString(), '[6,{},"wamp.close.goodbye_and_out"]\x1e')
      await closing
    })
  })

  describe('a message that is too long', () => {
    it('is answered with ABORT, exactly from the limit on', async () => {
      const message = (bytes: number): Buffer => {
        const head = '[16,1,{},"a.b",["'
        return Buffer.from(`${head}${'x'.repeat(bytes - head.length - 3)}"]]`)
      }
      const client = await open.join()
      client.sendBytes(message(100_000))
      assert.deepEqual(await client.settle(), [])
      client.sendBytes(message(100_001))
      assert.match(await assertViolation(client), /100001 bytes, allowed are 100000/)
    })

    it('is refused before it is there, whatever length it announces', async () => {
      for (const length of [300_000, 2 ** 40]) {
        const { socket, wamp } = await joinedByHand(open)
        socket.write(frame(1, Buffer.alloc(200_000, 0x20), { length }))
        assert.match((await wamp.next()).text, /protocol_violation/)
        assert.equal((await wamp.next()).opcode, 8)
        await closed(socket)
      }
    })

    it('is refused before it is there when it comes in fragments', async () => {
      const { socket, wamp } = await joinedByHand(open)
      socket.write(frame(1, Buffer.alloc(1_000, 0x20), { fin: false }))
      const sending = setInterval(
        () => socket.write(frame(0, Buffer.alloc(5_000, 0x20), { fin: false })),
        1,
      )
      assert.match((await wamp.next()).text, /protocol_violation/)
      clearInterval(sending)
      await closed(socket)
    })

    it('is refused before the join from joinMessageBytes on', async () => {
      const { socket, wamp } = await upgradedByHand(open)
      socket.write(frame(1, Buffer.alloc(2_500, 0x20), { length: 50_000 }))
      assert.match((await wamp.next()).text, /protocol_violation/)
      socket.destroy()
    })

    it('is none that is short, after however many pings and messages', async () => {
      const { socket, wamp } = await joinedByHand(open)
      for (let i = 0; i < 1_200; i++) socket.write(frame(9, Buffer.alloc(125)))
      for (let i = 0; i < 1_200; i++) assert.equal((await wamp.next()).opcode, 10)
      socket.write(frame(1, Buffer.from(JSON.stringify([48, 7, {}, 'nobody.here']))))
      assert.match((await wamp.next()).text, /no_such_procedure/)
      socket.destroy()
    })
  })

  describe('a ping of the client', () => {
    it('is answered with its own payload', async () => {
      const client = new WebSocket(open.url, 'wamp.2.json')
      await once(client, 'open')
      client.ping('hello')
      const [data] = (await once(client, 'pong')) as [Buffer]
      assert.equal(data.toString(), 'hello')
      client.terminate()
    })

    it('that comes again and again from who never reads ends its connection', async () => {
      const other = await open.join()
      const { socket } = await joinedByHand(open)
      socket.pause()
      const ping = Buffer.concat(Array<Buffer>(500).fill(frame(9, Buffer.alloc(125))))
      while (!socket.destroyed && open.realm1.sessions.size === 2) {
        if (!socket.write(ping)) await new Promise((resolve) => setTimeout(resolve, 1))
      }
      assert.equal(open.realm1.sessions.size, 1)
      assert.deepEqual(await other.settle(), [])
      socket.destroy()
    })
  })

  it('closes with a code and a reason that tell why', async () => {
    const cases = [
      ['goodbye', (client: WampClient) => client.send([6, {}, 'wamp.close.normal']), 1000],
      ['aborted', (client: WampClient) => client.send([]), 1002],
      ['killed', () => theSession(open).kill(), 1000],
      ['shutdown', () => theSession(open).drop('shutdown'), 1001],
      ['expired', () => theSession(open).drop('expired'), 1008],
      ['replaced', () => theSession(open).drop('replaced'), 1008],
    ] as const
    for (const [, end, code] of cases) {
      const client = await open.join()
      end(client)
      assert.equal(await client.closed, code)
    }
  })
})

function theSession(open: OpenRouter) {
  const [session] = open.realm1.sessions.values()
  assert(session !== undefined)
  return session
}
