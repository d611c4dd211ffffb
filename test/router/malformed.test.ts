import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { closed } from '../support/closed.ts'
import { frame, upgradedByHand } from '../support/hand-websocket.ts'
import { startOpenRouter, type OpenRouter } from '../support/open-router.ts'
import { hello, mutated, write } from '../support/mutants.ts'
import { randomFrom } from '../support/random.ts'
import type { Format, WampClient, Wire } from '../support/wamp-client.ts'

describe('Malformed input', () => {
  let open: OpenRouter
  let control: { caller: WampClient; callee: WampClient; listener: WampClient }
  let calls = 0

  before(async () => {
    open = await startOpenRouter({ limits: { joiningPerAddress: 5_000 } })
    const [caller, callee, listener] = [await open.join(), await open.joinRaw(), await open.join()]
    await callee.register('control.echo')
    callee.echo()
    await listener.subscribe('control.topic')
    // Whoever sends a well-formed event to the topic may.
    listener.intercept = (message) => message[0] === 36 && message[4] !== undefined
    control = { caller, callee, listener }
  })
  after(() => open.stop())

  /** The bystanders have noticed nothing. */
  const assertUnharmed = async (): Promise<void> => {
    calls++
    const { caller, callee, listener } = control
    assert.deepEqual(await caller.ask([48, calls, {}, 'control.echo', [calls]]), [
      50,
      calls,
      {},
      [calls],
    ])
    await listener.settle()
    assert.equal(callee.pending.length, 0)
    const callees = open.realm1.dealer.registrations.get('exact', 'control.echo')?.callees.keys()
    assert.deepEqual(
      [...(callees ?? [])].map(({ gone }) => gone),
      [false],
    )
  }

  const ways: readonly (readonly [string, Format, () => Promise<WampClient>])[] = [
    ['WebSocket and JSON', 'json', () => open.connect('json')],
    ['WebSocket and MessagePack', 'msgpack', () => open.connect('msgpack')],
    ['WebSocket and CBOR', 'cbor', () => open.connect('cbor')],
    ['RawSocket and JSON', 'json', () => open.connectRaw('json')],
    ['RawSocket and MessagePack', 'msgpack', () => open.connectRaw('msgpack')],
    ['RawSocket and CBOR', 'cbor', () => open.connectRaw('cbor')],
  ]

  for (const [i, [name, format, connectBy]] of ways.entries()) {
    it(`over ${name}: thousands of messages harm nobody but their senders`, async () => {
      const random = randomFrom(100 + i)
      let aborted = 0
      for (let round = 0; round < 300; round++) {
        const client = await connectBy()
        const received: Wire[] = []
        client.intercept = (message) => received.push(message) > 0
        if (random.chance(0.8)) client.send(hello)
        for (let sent = 0; sent < 10; sent++) client.sendBytes(mutated(random, format))
        await assertUnharmed()
        client.drop()
        await client.closed
        // Whatever it was answered, nothing came after ABORT, and after GOODBYE only what answers a new HELLO.
        const types = received.map(([type]) => type)
        for (const [at, type] of types.entries()) {
          if (type === 3) assert.equal(at, types.length - 1)
          const next = types[at + 1]
          if (type === 6 && next !== undefined) assert.ok(next === 2 || next === 3)
        }
        if (types.at(-1) === 3) aborted++
      }
      assert(aborted > 150, `${aborted} of 300 were aborted`)
    })
  }

  it('that is no WebSocket frame harms nobody but its sender', async () => {
    const random = randomFrom(7)
    for (let round = 0; round < 60; round++) {
      const { socket } = await upgradedByHand(open)
      if (random.chance(0.7)) socket.write(frame(1, write('json', hello)))
      for (let sent = 0; sent < 5; sent++) {
        const content = mutated(random, 'json')
        const bytes = frame(random.below(16), content, { fin: random.chance(0.7) })
        for (let i = random.below(3); i > 0; i--) bytes[random.below(10)] = random.below(256)
        socket.write(bytes)
      }
      await assertUnharmed()
      socket.destroy()
      await closed(socket)
    }
  })

  it('that is no RawSocket frame harms nobody but its sender', async () => {
    const random = randomFrom(8)
    for (let round = 0; round < 100; round++) {
      const socket: Socket = connect(open.rawPort, '127.0.0.1')
      socket.on('error', () => undefined)
      socket.resume()
      const handshake = Buffer.of(0x7f, 0xf1 + random.below(2), 0, 0)
      if (random.chance(0.2)) handshake[random.below(4)] = random.below(256)
      socket.write(handshake)
      for (let sent = 0; sent < 5; sent++) {
        const content = mutated(random, 'json')
        const prefix = Buffer.alloc(4)
        prefix.writeUInt32BE(content.length)
        if (random.chance(0.3)) prefix[random.below(4)] = random.below(256)
        socket.write(Buffer.concat([prefix, content]))
      }
      await assertUnharmed()
      socket.destroy()
      await closed(socket)
    }
  })

  it('that is no HTTP harms nobody but its sender', async () => {
    const random = randomFrom(9)
    for (let round = 0; round < 40; round++) {
      const socket: Socket = connect(open.port, '127.0.0.1')
      const upgrade = Buffer.from(
        'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n' +
          'Sec-WebSocket-Protocol: wamp.2.json\r\n\r\n',
      )
      for (let i = random.below(8); i > 0; i--)
        upgrade[random.below(upgrade.length)] = random.below(256)
      socket.write(upgrade)
      const gone = closed(socket)
      await assertUnharmed()
      socket.destroy()
      await gone
    }
  })

  it('leaves nothing behind', async () => {
    const { sessions } = open.realm1
    const deadline = Date.now() + 3_000
    while (sessions.size > 3 && Date.now() < deadline) await control.caller.settle()
    assert.equal(sessions.size, 3)
    assert.equal(open.realm1.dealer.registrations.size, 1)
    assert.equal(open.realm1.broker.size, 1)
  })
})
