import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listenRawSocket } from '../../../router/transports/rawsocket.ts'
import { closed } from '../../support/closed.ts'
import { startOpenRouter, type OpenRouter } from '../../support/open-router.ts'
import { until } from '../../support/until.ts'
import { allRoles, WampClient } from '../../support/wamp-client.ts'
import { assertError, assertViolation } from '../acceptance/scene.ts'

/** All that a connection is sent until it is closed. */
async function untilClosed(port: number, ...writes: Buffer[]): Promise<Buffer> {
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('error', () => undefined)
  for (const bytes of writes) socket.write(bytes)
  await closed(socket)
  return Buffer.concat(chunks)
}

/** Reads so many bytes. */
async function read(socket: Socket, length: number): Promise<Buffer> {
  for (;;) {
    const bytes = socket.read(length) as Buffer | null
    if (bytes !== null) return bytes
    // Not `readable`, which comes at once where there is anything to read at all.
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** A connection whose bytes are written and read by hand, after the handshake. */
async function shaken(port: number, second = 0xf1): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.setNoDelay(true)
  socket.write(Buffer.of(0x7f, second, 0, 0))
  assert.equal((await read(socket, 4))[0], 0x7f)
  return socket
}

function prefixed(kind: number, content: Buffer, length = content.length): Buffer {
  const prefix = Buffer.alloc(4)
  prefix.writeUInt32BE(((kind << 24) | length) >>> 0)
  return Buffer.concat([prefix, content])
}

const hello = Buffer.from(JSON.stringify([1, 'realm1', { roles: allRoles }]))

describe('RawSocket', () => {
  let open: OpenRouter

  before(async () => {
    open = await startOpenRouter()
  })
  after(() => open.stop())
  afterEach(() => open.dropClients())

  describe('handshake', () => {
    it('is answered with the client’s serializer and the router’s own LENGTH', async () => {
      for (const serializer of [1, 2, 3]) {
        for (const length of [0, 7, 15]) {
          const socket = connect(open.rawPort, '127.0.0.1')
          socket.write(Buffer.of(0x7f, (length << 4) | serializer, 0, 0))
          // 2^(11 + 9) octets are the MiB that a message may have.
          assert.deepEqual(await read(socket, 4), Buffer.of(0x7f, (11 << 4) | serializer, 0, 0))
          socket.destroy()
        }
      }
    })

    it('may come octet by octet, and together with the first message', async () => {
      const socket = connect(open.rawPort, '127.0.0.1')
      socket.setNoDelay(true)
      for (const octet of [0x7f, 0xf1, 0, 0]) {
        socket.write(Buffer.of(octet))
        await new Promise((resolve) => setImmediate(resolve))
      }
      assert.deepEqual(await read(socket, 4), Buffer.of(0x7f, 0xb1, 0, 0))
      socket.destroy()
      const other = connect(open.rawPort, '127.0.0.1')
      other.write(Buffer.concat([Buffer.of(0x7f, 0xf1, 0, 0), prefixed(0, hello)]))
      await read(other, 4)
      const length = (await read(other, 4)).readUInt32BE()
      assert.match((await read(other, length)).toString(), /^\[2,/)
      other.destroy()
    })

    it('with a serializer that is not spoken is refused with error 1, with none or another first octet without a word', async () => {
      for (const serializer of [4, 5, 6, 15]) {
        assert.deepEqual(
          await untilClosed(open.rawPort, Buffer.of(0x7f, 0xf0 | serializer, 0, 0)),
          Buffer.of(0x7f, 0x10, 0, 0),
        )
      }
      for (const bytes of [
        Buffer.of(0x7f, 0xf0, 0, 0),
        Buffer.of(0x7e, 0xf1, 0, 0),
        Buffer.from('GET / HTTP/1.1\r\n\r\n'),
        Buffer.of(0x16, 0x03, 0x01, 0x02, 0x00),
      ]) {
        assert.deepEqual(await untilClosed(open.rawPort, bytes), Buffer.alloc(0))
      }
    })

    it('with reserved octets is refused with error 3', async () => {
      for (const [third, fourth] of [
        [1, 0],
        [0, 1],
        [255, 255],
      ] as const) {
        assert.deepEqual(
          await untilClosed(open.rawPort, Buffer.of(0x7f, 0xf1, third, fourth)),
          Buffer.of(0x7f, 0x30, 0, 0),
        )
      }
    })

    it('with a LENGTH below rawSocketBytes is refused with error 2, one connection too many with error 4', async () => {
      const demanding = await startOpenRouter({ limits: { rawSocketBytes: 2_048 } })
      try {
        for (const length of [0, 1]) {
          assert.deepEqual(
            await untilClosed(demanding.rawPort, Buffer.of(0x7f, (length << 4) | 1, 0, 0)),
            Buffer.of(0x7f, 0x20, 0, 0),
          )
        }
        for (const length of [2, 15]) {
          ;(await shaken(demanding.rawPort, (length << 4) | 1)).destroy()
        }
        // What is wrong with the other octets comes first.
        for (const [octets, error] of [
          [[0x7f, 0x0f, 0, 0], 0x10],
          [[0x7f, 0x01, 0, 1], 0x30],
        ] as const) {
          assert.deepEqual(
            await untilClosed(demanding.rawPort, Buffer.from(octets)),
            Buffer.of(0x7f, error, 0, 0),
          )
        }
      } finally {
        await demanding.stop()
      }
      ;(await shaken(open.rawPort, 0x01)).destroy()

      const full = await startOpenRouter({ limits: { connections: 1 } })
      try {
        const client = await full.joinRaw()
        assert.deepEqual(
          await untilClosed(full.rawPort, Buffer.of(0x7f, 0xf1, 0, 0)),
          Buffer.of(0x7f, 0x40, 0, 0),
        )
        assert.deepEqual(await client.settle(), [])
        client.drop()
        await until(() => full.router.connections === 0)
        ;(await shaken(full.rawPort)).destroy()
      } finally {
        await full.stop()
      }
    })
  })

  describe('frame', () => {
    it('longer than the router’s LENGTH fails the connection before it is there', async () => {
      const socket = await shaken(open.rawPort)
      socket.write(prefixed(0, Buffer.alloc(0), 2 ** 20 + 1))
      await closed(socket)
    })

    it('longer than may come before the join is answered with ABORT before it is there', async () => {
      const client = await open.connectRaw()
      client.sendBytes(Buffer.alloc(16_385, 0x20))
      assert.match(await assertViolation(client), /16385 bytes, allowed are 16384/)
    })

    it('longer than a message may be ends the connection also when its session has been killed', async () => {
      const small = await startOpenRouter({ limits: { messageBytes: 100_000 } })
      try {
        const socket = await shaken(small.rawPort)
        socket.write(prefixed(0, hello))
        await read(socket, (await read(socket, 4)).readUInt32BE())
        for (const session of small.realm1.sessions.values()) session.kill('x', '', 60_000)
        await read(socket, (await read(socket, 4)).readUInt32BE())
        socket.write(prefixed(0, Buffer.alloc(0), 100_001))
        await closed(socket)
      } finally {
        await small.stop()
      }
    })

    it('of the kinds 3 to 7, which are reserved, fails that connection and no other', async () => {
      const other = await open.joinRaw()
      for (const kind of [3, 4, 5, 6, 7]) {
        for (const content of [hello, Buffer.alloc(0)]) {
          const socket = await shaken(open.rawPort)
          socket.write(prefixed(0, hello))
          await read(socket, (await read(socket, 4)).readUInt32BE())
          assert.equal(open.realm1.sessions.size, 2)
          socket.write(prefixed(kind, content))
          socket.resume()
          await closed(socket)
          await until(() => open.realm1.sessions.size === 1)
        }
      }
      assert.deepEqual(await other.settle(), [])
    })

    it('with a reserved bit or of a reserved kind fails the connection', async () => {
      for (const first of [0x10, 0x20, 0x40, 0x80, 0xf0, 3, 4, 5, 6, 7]) {
        const socket = await shaken(open.rawPort)
        socket.write(prefixed(first, hello))
        socket.resume()
        await closed(socket)
      }
    })

    it('with the bit for 16 MiB fails the connection where a length is given too', async () => {
      const large = await startOpenRouter({ limits: { messageBytes: 2 ** 24 } })
      try {
        for (const [router, length] of [
          [open, 1],
          [large, 1],
          [large, 0xffffff],
        ] as const) {
          const socket = await shaken(router.rawPort)
          socket.write(prefixed(0x08, Buffer.alloc(0), length))
          socket.resume()
          await closed(socket)
        }
      } finally {
        await large.stop()
      }
    })

    it('with the bit for 16 MiB fails the connection where the router takes less', async () => {
      const socket = await shaken(open.rawPort)
      socket.write(Buffer.of(0x08, 0, 0, 0))
      await closed(socket)
    })

    it('has reserved bits of 0, and the bit for 16 MiB for exactly 16 MiB and nothing else', async function () {
      this.timeout(20_000)
      const large = await startOpenRouter({ limits: { messageBytes: 2 ** 24 } })
      try {
        for (const head of [
          0x10000001, 0x20000001, 0x40000001, 0x80000001, 0x08000001, 0x08ffffff,
        ]) {
          const socket = await shaken(large.rawPort)
          const prefix = Buffer.alloc(4)
          prefix.writeUInt32BE(head)
          socket.write(prefix)
          socket.resume()
          await closed(socket)
        }
        const socket = await shaken(large.rawPort)
        socket.write(prefixed(0, hello))
        await read(socket, (await read(socket, 4)).readUInt32BE())
        const event = Buffer.from(
          `[16,1,{"acknowledge":true},"a.b",["${'x'.repeat(2 ** 24 - 38)}"]]`,
        )
        assert.equal(event.length, 2 ** 24)
        socket.write(Buffer.concat([Buffer.of(0x08, 0, 0, 0), event]))
        const answer = await read(socket, (await read(socket, 4)).readUInt32BE())
        assert.match(answer.toString(), /^\[17,1,/)
        socket.destroy()
      } finally {
        await large.stop()
      }
    })

    it('may come octet by octet, and many in one piece', async () => {
      const socket = await shaken(open.rawPort)
      for (const octet of prefixed(0, hello)) socket.write(Buffer.of(octet))
      const length = (await read(socket, 4)).readUInt32BE()
      assert.match((await read(socket, length)).toString(), /^\[2,/)
      const calls = Array.from({ length: 300 }, (_, i) =>
        prefixed(0, Buffer.from(`[48,${i + 1},{},"nobody.here"]`)),
      )
      socket.write(Buffer.concat(calls))
      for (let i = 0; i < calls.length; i++) {
        const answer = await read(socket, (await read(socket, 4)).readUInt32BE())
        assert.match(answer.toString(), /no_such_procedure/)
      }
      // One of 20,000 octets, each in a segment of its own.
      const long = prefixed(0, Buffer.from(`[48,301,{},"nobody.here",["${'x'.repeat(20_000)}"]]`))
      for (const octet of long) socket.write(Buffer.of(octet))
      await read(socket, (await read(socket, 4)).readUInt32BE())
      socket.destroy()
    })

    it('of exactly 16 MiB has the bit for it, both ways', async function () {
      this.timeout(20_000)
      const large = await startOpenRouter({
        limits: { messageBytes: 2 ** 24, pendingBytes: 2 ** 26, congestedBytes: 2 ** 26 },
      })
      try {
        const socket = await shaken(large.rawPort)
        socket.write(prefixed(0, hello))
        await read(socket, (await read(socket, 4)).readUInt32BE())
        socket.write(prefixed(0, Buffer.from('[64,1,{},"a.b"]')))
        await read(socket, (await read(socket, 4)).readUInt32BE())
        // CALL becomes an INVOCATION of the same length: [68,1,1,{},["x…"]].
        const head = '[68,1,1,{},["'
        const text = 'x'.repeat(2 ** 24 - head.length - '"]]'.length)
        const callHead = '[48,2,{},"a.b",["'
        const call = Buffer.from(`${callHead}${text.slice(callHead.length - head.length)}"]]`)
        assert.equal(call.length, 2 ** 24)
        socket.write(Buffer.concat([Buffer.of(0x08, 0, 0, 0), call]))
        const answer = (await read(socket, 4)).readUInt32BE()
        // The CALL's head was 4 octets longer, so its INVOCATION is just below.
        assert.equal(answer, 2 ** 24 - (callHead.length - head.length))
        await read(socket, answer)
        // An EVENT or RESULT of exactly 16 MiB: [50,2,{},["x…"]] from a YIELD of the same length.
        const result = Buffer.from(`[70,1,{},["${'x'.repeat(2 ** 24 - 14)}"]]`)
        assert.equal(result.length, 2 ** 24)
        socket.write(Buffer.concat([Buffer.of(0x08, 0, 0, 0), result]))
        assert.deepEqual(await read(socket, 4), Buffer.of(0x08, 0, 0, 0))
        assert.equal((await read(socket, 2 ** 24)).subarray(0, 10).toString(), '[50,2,{},[')
        socket.destroy()
      } finally {
        await large.stop()
      }
    })
  })

  describe('PING', () => {
    it('is answered with exactly one PONG of the same payload, in its turn', async () => {
      const socket = await shaken(open.rawPort)
      const payloads = ['', 'x', 'a payload \0 of any bytes', 'y'.repeat(5_000)].map((text) =>
        Buffer.from(text),
      )
      socket.write(Buffer.concat(payloads.map((payload) => prefixed(1, payload))))
      for (const payload of payloads) {
        assert.deepEqual(await read(socket, 4 + payload.length), prefixed(2, payload))
      }
      socket.write(prefixed(0, hello))
      assert.match((await read(socket, (await read(socket, 4)).readUInt32BE())).toString(), /^\[2,/)
      socket.destroy()
    })

    it('of the largest size there is comes back whole, in one PONG', async function () {
      this.timeout(20_000)
      const large = await startOpenRouter({
        limits: { messageBytes: 2 ** 24, pendingBytes: 2 ** 26, congestedBytes: 2 ** 26 },
      })
      try {
        const socket = await shaken(large.rawPort)
        socket.write(prefixed(0, hello))
        await read(socket, (await read(socket, 4)).readUInt32BE())
        const payload = randomBytes(2 ** 24)
        socket.write(Buffer.concat([Buffer.of(0x09, 0, 0, 0), payload]))
        assert.deepEqual(await read(socket, 4), Buffer.of(0x0a, 0, 0, 0))
        assert.ok((await read(socket, 2 ** 24)).equals(payload))
        socket.write(prefixed(1, Buffer.from('next')))
        assert.deepEqual(await read(socket, 8), prefixed(2, Buffer.from('next')))
        socket.destroy()
      } finally {
        await large.stop()
      }
    })

    it('of the client’s PONG is none: it is not answered', async () => {
      const socket = await shaken(open.rawPort)
      socket.write(prefixed(2, Buffer.from('pong')))
      socket.write(prefixed(1, Buffer.from('ping')))
      assert.deepEqual(await read(socket, 8), prefixed(2, Buffer.from('ping')))
      socket.destroy()
    })

    it('that comes again and again from who never reads ends its connection', async () => {
      const socket = await shaken(open.rawPort)
      const ping = prefixed(1, Buffer.alloc(16_000))
      while (!socket.destroyed && open.router.connections === 1) {
        if (!socket.write(ping)) await new Promise((resolve) => setTimeout(resolve, 1))
      }
      assert.equal(open.router.connections, 0)
      socket.destroy()
    })
  })

  describe('LENGTH of the client', () => {
    const long = 'x'.repeat(2_000)

    it('is never exceeded by a call: its caller gets payload_size_exceeded', async () => {
      const device = await open.connectRaw('json', 1)
      await device.join()
      await device.register('lamp.switch')
      const caller = await open.join()
      const answer = await caller.ask([48, 7, {}, 'lamp.switch', [long]])
      assertError(answer, 48, 7, 'wamp.error.payload_size_exceeded')
      // The ids of INVOCATIONs have no gap, and the session goes on.
      caller.send([48, 8, {}, 'lamp.switch', ['short']])
      assert.deepEqual((await device.next()).slice(0, 2), [68, 1])
      device.send([70, 1, {}])
      assert.deepEqual(await caller.next(), [50, 8, {}])
    })

    it('is never exceeded by an answer, RESULT or ERROR: payload_size_exceeded comes instead', async () => {
      const caller = await open.connectRaw('json', 1)
      await caller.join()
      const device = await open.join()
      await device.register('lamp.switch')
      caller.send([48, 7, {}, 'lamp.switch'])
      caller.send([48, 8, {}, 'lamp.switch'])
      await device.take(2)
      device.send([70, 1, {}, [long]])
      device.send([8, 68, 2, {}, 'some.error', [long]])
      assertError(await caller.next(), 48, 7, 'wamp.error.payload_size_exceeded')
      assertError(await caller.next(), 48, 8, 'wamp.error.payload_size_exceeded')
      assert.deepEqual(await caller.settle(), [])
    })

    it('is never exceeded by an event: it is dropped for this subscriber and counted', async () => {
      const listener = await open.connectRaw('json', 1)
      await listener.join()
      await listener.subscribe('house.door')
      const other = await open.join()
      await other.subscribe('house.door')
      const publisher = await open.join()
      const { undelivered } = open.realm1.broker
      const { dropped } = undelivered
      publisher.send([16, 1, {}, 'house.door', [long]])
      publisher.send([16, 2, {}, 'house.door', ['short']])
      assert.deepEqual((await listener.next())[4], ['short'])
      assert.deepEqual((await other.next())[4], [long])
      assert.equal(undelivered.dropped, dropped + 1)
    })

    it('is never exceeded: an event is dropped and counted, a result becomes an ERROR that says why', async () => {
      const small = await open.connectRaw('json', 1)
      await small.join()
      await small.subscribe('house.door')
      await small.register('lamp.switch', 2)
      const other = await open.join()
      await other.register('film.frame')
      const { undelivered } = open.realm1.broker
      const { dropped } = undelivered
      other.send([16, 2, { acknowledge: true }, 'house.door', [long]])
      assert.equal((await other.next())[0], 17)
      assert.equal(undelivered.dropped, dropped + 1)
      small.send([48, 3, {}, 'film.frame'])
      const [, invocation] = await other.next()
      other.send([70, invocation, {}, [long]])
      assertError(await small.next(), 48, 3, 'wamp.error.payload_size_exceeded')
      const answer = await other.ask([48, 3, {}, 'lamp.switch', [long]])
      assertError(answer, 48, 3, 'wamp.error.payload_size_exceeded')
      // Nothing of it came, and what fits does.
      other.send([16, 4, {}, 'house.door', ['short']])
      assert.deepEqual((await small.next()).slice(4), [['short']])
      assert.deepEqual(await small.settle(), [])
    })

    it('is never exceeded by what explains a refusal: the ERROR comes without', async () => {
      const caller = await open.connectRaw('json', 0)
      caller.send([1, 'realm1', { roles: { caller: {} } }])
      await caller.next()
      // Six octets each on the wire.
      const procedure = '\u0001'.repeat(100)
      const answer = await caller.ask([48, 7, {}, procedure])
      assert.deepEqual(answer, [8, 48, 7, {}, 'wamp.error.no_such_procedure'])
    })

    it('that has no room for WELCOME is told so with ABORT', async () => {
      const client = await open.connectRaw('json', 0)
      client.send([1, 'realm1', { roles: allRoles, authid: 'a'.repeat(300) }])
      const [type, , reason] = await client.next()
      assert.deepEqual([type, reason], [3, 'wamp.error.payload_size_exceeded'])
      await client.closed
      assert.equal(open.realm1.sessions.size, 0)
    })
  })

  describe('listener', () => {
    it('serves a Unix socket, whose peers are the operator where it says so', async () => {
      const dir = await mkdtemp(join(tmpdir(), 'rawsocket-'))
      const path = join(dir, 'socket')
      const listener = await listenRawSocket(open.router, { path, operator: true })
      try {
        assert.equal(listener.address, `unix:${path}`)
        const client = await WampClient.rawSocket({ path }, 'msgpack')
        await client.join()
        const [session] = open.realm1.sessions.values()
        assert.deepEqual(session?.facts, { transport: 'rawsocket', address: '', operator: true })
        client.drop()
      } finally {
        await listener.close()
        await rm(dir, { recursive: true })
      }
      const tcp = await open.joinRaw()
      const [session] = [...open.realm1.sessions.values()].filter(
        ({ facts }) => facts.address !== '',
      )
      assert.equal(session?.facts.operator, false)
      tcp.drop()
    })

    it('that closes leaves standing connections alone, and takes no new ones', async () => {
      const listener = await listenRawSocket(open.router, { host: '127.0.0.1', port: 0 })
      const port = Number(new URL(listener.address).port)
      const client = await WampClient.rawSocket({ port })
      await client.join()
      const half = connect(port, '127.0.0.1')
      await once(half, 'connect')
      half.resume()
      const ended = closed(half)
      await listener.close()
      await ended
      assert.deepEqual(await client.settle(), [])
      const late = connect(port, '127.0.0.1')
      const [error] = (await once(late, 'error')) as [NodeJS.ErrnoException]
      assert.equal(error.code, 'ECONNREFUSED')
      client.drop()
    })

    it('fails where its address is taken', async () => {
      await assert.rejects(
        listenRawSocket(open.router, { host: '127.0.0.1', port: open.rawPort }),
        /EADDRINUSE/,
      )
    })
  })
})
