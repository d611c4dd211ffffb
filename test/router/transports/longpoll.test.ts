import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { subprotocols } from '../../../router/wire/subprotocols.ts'
import { batchOf, messagesOf } from '../../support/batch.ts'
import { eventually } from '../../support/eventually.ts'
import { ask, openLongPoll, type HttpAnswer } from '../../support/longpoll-line.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { startOpenRouter, type OpenRouter } from '../../support/open-router.ts'
import { until } from '../../support/until.ts'
import { allRoles } from '../../support/wamp-client.ts'

describe('Long-poll', () => {
  let open: OpenRouter
  let clock: ManualClock

  beforeEach(async () => {
    clock = new ManualClock()
    open = await startOpenRouter({
      clock,
      limits: {
        messageBytes: 100_000,
        joinMessageBytes: 2_000,
        pendingBytes: 400_000,
        congestedBytes: 200_000,
        longPollReceiveMs: 20_000,
        longPollIdleMs: 30_000,
        longPollSends: 3,
        messagesPerSecond: 50,
      },
    })
  })
  afterEach(async () => {
    // Whoever waits for time to pass waits no more.
    const stopped = open.stop()
    await until(() => {
      clock.advance(1_000)
      return open.router.connections === 0
    })
    await stopped
  })

  const at = (path: string): string => `${open.longPollUrl}/${path}`
  const text = ({ body }: HttpAnswer): string => body.toString()
  const wire = ({ body }: HttpAnswer): unknown[] => JSON.parse(body.toString()) as unknown[]
  const opening = (body: string): Promise<HttpAnswer> => ask(at('open'), { body })
  const opened = (protocol = 'wamp.2.json'): Promise<string> =>
    openLongPoll(open.longPollUrl, protocol)
  const send = (id: string, ...message: unknown[]): Promise<HttpAnswer> =>
    ask(at(`${id}/send`), { body: JSON.stringify(message) })
  const receive = (id: string): Promise<HttpAnswer> => ask(at(`${id}/receive`))

  /** A transport with a session in `realm1`. */
  async function joined(): Promise<string> {
    const id = await opened()
    assert.equal((await send(id, 1, 'realm1', { roles: allRoles })).status, 202)
    assert.equal(wire(await receive(id))[0], 2)
    return id
  }

  /** A `receive` that hangs at the router. */
  async function hanging(id: string): Promise<{ readonly answer: Promise<HttpAnswer> }> {
    const arrived = once(open.http, 'request')
    const answer = receive(id)
    answer.catch(() => undefined)
    await arrived
    return { answer }
  }

  describe('open', () => {
    it('answers each of the six protocols with {"protocol", "transport"}, and ignores a query', async () => {
      const six = ['json', 'msgpack', 'cbor'].flatMap((serializer) => [
        `wamp.2.${serializer}`,
        `wamp.2.${serializer}.batched`,
      ])
      assert.deepEqual([...subprotocols.keys()].toSorted(), six.toSorted())
      for (const protocol of six) {
        const body = JSON.stringify({ protocols: [protocol] })
        const answer = await ask(`${at('open')}?x=382913`, { body })
        assert.equal(answer.status, 200, protocol)
        assert.equal(answer.headers['content-type'], 'application/json')
        const found = JSON.parse(text(answer)) as Record<string, unknown>
        assert.deepEqual(Object.keys(found), ['protocol', 'transport'])
        assert.equal(found['protocol'], protocol)
        const id = String(found['transport'])
        assert.match(id, /^[\w-]{22}$/, '128 bits')
        assert.equal((await ask(`${at(id)}/close?x=1`)).status, 202)
      }
    })

    it('takes the first protocol of the client that the router speaks', async () => {
      const answer = await opening('{"protocols":["wamp.2.ubjson","wamp.2.msgpack","wamp.2.json"]}')
      assert.equal((JSON.parse(text(answer)) as { protocol: string }).protocol, 'wamp.2.msgpack')
    })

    it('gives each transport an id of its own', async () => {
      const ids = await Promise.all(Array.from({ length: 20 }, () => opened()))
      assert.equal(new Set(ids).size, 20)
    })

    it('without a protocol in common is refused with 400, which says what is allowed, and breaks nothing', async () => {
      for (const body of ['{"protocols":["wamp.2.ubjson"]}', '{"protocols":[]}']) {
        const answer = await opening(body)
        assert.equal(answer.status, 400)
        for (const name of subprotocols.keys()) assert(text(answer).includes(name), name)
      }
      assert.equal(open.router.connections, 0)
      await joined()
    })

    it('with a body that is not as it must be is refused with 400, which says how it must be', async () => {
      for (const body of ['', 'x', '7', 'null', '{}', '{"protocols":"wamp.2.json"}', '[]'])
        assert.match(
          text(await opening(body)),
          /the body must be JSON: \{"protocols": \[<names>\]\}/,
        )
      assert.equal((await opening('{"protocols":[7]}')).status, 400)
      assert.equal((await opening('x'.repeat(2_001))).status, 413)
    })

    it('is refused with 503 when there are too many connections', async () => {
      const crowded = await startOpenRouter({ limits: { connections: 1, goodbyeMs: 20 } })
      try {
        await openLongPoll(crowded.longPollUrl, 'wamp.2.json')
        const body = '{"protocols":["wamp.2.json"]}'
        assert.equal((await ask(`${crowded.longPollUrl}/open`, { body })).status, 503)
        assert.equal(crowded.router.connections, 1)
      } finally {
        await crowded.stop()
      }
    })

    it('that is not followed by HELLO in time is closed', async () => {
      const id = await opened()
      const { answer } = await hanging(id)
      clock.advance(5_000)
      const { status, body } = await answer
      assert.deepEqual([status, body.toString()], [404, 'the transport is closed: timeout\n'])
      assert.equal((await receive(id)).status, 404)
      assert.equal(open.router.connections, 0)
    })
  })

  describe('receive', () => {
    it('hangs until there is a message', async () => {
      const id = await joined()
      const { answer } = await hanging(id)
      clock.advance(10_000)
      const early = await Promise.race([answer, roundTrip()])
      assert.equal(early, undefined)
      await send(id, 48, 1, {}, 'nobody.here')
      const got = await answer
      assert.deepEqual([got.status, got.headers['content-type']], [200, 'application/json'])
      assert.deepEqual(wire(got).slice(0, 3), [8, 48, 1])
    })

    it('hangs until there is data, then brings one message, or in batches all that wait', async () => {
      for (const batched of [false, true]) {
        const id = await opened(batched ? 'wamp.2.json.batched' : 'wamp.2.json')
        const post = async (...messages: unknown[][]): Promise<void> => {
          for (const message of messages) {
            const bytes = Buffer.from(JSON.stringify(message))
            const body = batched ? batchOf('json', bytes) : bytes
            assert.equal((await ask(at(`${id}/send`), { body })).status, 202)
          }
        }
        const received = ({ body }: HttpAnswer): unknown[][] =>
          (batched ? messagesOf('json', body) : [body]).map(
            (message) => JSON.parse(message.toString()) as unknown[],
          )
        const { answer } = await hanging(id)
        assert.equal(await Promise.race([answer, roundTrip()]), undefined)
        await post([1, 'realm1', { roles: allRoles }])
        assert.deepEqual(
          received(await answer).map(([type]) => type),
          [2],
        )
        await post(...[1, 2, 3].map((request) => [48, request, {}, 'nobody.here']))
        const first = received(await receive(id)).map(([, , request]) => request)
        assert.deepEqual(first, batched ? [1, 2, 3] : [1])
      }
    })

    it('without batches brings one message, and the next one those that wait, in their order', async () => {
      const id = await joined()
      for (const request of [1, 2, 3]) await send(id, 48, request, {}, 'nobody.here')
      for (const request of [1, 2, 3]) assert.equal(wire(await receive(id))[2], request)
    })

    it('with batches brings all messages that wait', async () => {
      for (const format of ['json', 'msgpack'] as const) {
        const client = await open.approach({ transport: 'longpoll', format, batched: true })
        await client.join()
        client.drop()
      }
      const id = await opened('wamp.2.json.batched')
      const post = (...message: unknown[]): Promise<HttpAnswer> =>
        ask(at(`${id}/send`), { body: batchOf('json', Buffer.from(JSON.stringify(message))) })
      await post(1, 'realm1', { roles: allRoles })
      const welcome = await receive(id)
      assert.equal(messagesOf('json', welcome.body).length, 1, 'one is a batch of one')
      for (const request of [1, 2, 3]) await post(48, request, {}, 'nobody.here')
      const { body } = await receive(id)
      const requests = messagesOf('json', body).map(
        (each) => (JSON.parse(each.toString()) as unknown[])[2],
      )
      assert.deepEqual(requests, [1, 2, 3])
    })

    it('that hangs for long is answered with 204 before a proxy gives up, and the session lives on', async () => {
      const id = await joined()
      const { answer } = await hanging(id)
      clock.advance(20_000)
      const { status, headers, body } = await answer
      assert.deepEqual([status, body.length, headers['content-length']], [204, 0, undefined])
      await send(id, 48, 1, {}, 'nobody.here')
      assert.equal(wire(await receive(id))[2], 1)
    })

    it('takes the place of one that still hangs, which is answered with 204', async () => {
      const id = await joined()
      const { answer: first } = await hanging(id)
      const { answer: second } = await hanging(id)
      assert.equal((await first).status, 204)
      await send(id, 48, 1, {}, 'nobody.here')
      assert.equal(wire(await second)[2], 1)
    })

    it('whose client has gone loses no message: the next one brings it', async () => {
      const id = await joined()
      await brokenOff(`${id}/receive`)
      await send(id, 48, 1, {}, 'nobody.here')
      assert.equal(wire(await receive(id))[2], 1)
    })

    it('that is broken off in the middle of its answer ends the session: no message is lost unnoticed', async () => {
      const MiB = 2 ** 20
      const large = await startOpenRouter({
        limits: { messageBytes: 16 * MiB, congestedBytes: 40 * MiB, pendingBytes: 48 * MiB },
      })
      try {
        const base = large.longPollUrl
        const id = await openLongPoll(base, 'wamp.2.json')
        for (const message of [
          [1, 'realm1', { roles: allRoles }],
          [32, 1, {}, 'much.text'],
        ]) {
          await ask(`${base}/${id}/send`, { body: JSON.stringify(message) })
          await ask(`${base}/${id}/receive`)
        }
        const publisher = await large.join()
        const socket = connect(large.port, '127.0.0.1')
        socket.on('error', () => undefined)
        socket.pause()
        const arrived = once(large.http, 'request')
        socket.write(`POST /lp/${id}/receive HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`)
        await arrived
        // More than the machine keeps for who does not read.
        publisher.send([16, 1, {}, 'much.text', ['x'.repeat(12 * MiB)]])
        await publisher.settle()
        assert.equal(large.realm1.sessions.size, 2)
        socket.resetAndDestroy()
        await until(() => large.realm1.sessions.size === 1)
        assert.equal((await ask(`${base}/${id}/receive`)).status, 404)
      } finally {
        await large.stop()
      }
    })

    it('that does not come again in time is the end of the session', async () => {
      const id = await joined()
      clock.advance(29_999)
      assert.equal(open.realm1.sessions.size, 1)
      clock.advance(1)
      await until(() => open.realm1.sessions.size === 0)
      assert.equal((await receive(id)).status, 404)
      assert.equal((await send(id, 48, 1, {}, 'nobody.here')).status, 404)
    })

    it('gives the ABORT that ends a session, and then there is no such transport', async () => {
      const id = await opened()
      assert.equal((await send(id, 48, 1, {}, 'too.early')).status, 400)
      assert.equal((await send(id, 1, 'realm1', { roles: allRoles })).status, 400)
      assert.deepEqual(
        wire(await receive(id)).filter((_, i) => i !== 1),
        [3, 'wamp.error.protocol_violation'],
      )
      await until(() => open.router.connections === 0)
      assert.equal((await receive(id)).status, 404)
    })

    it('that nobody comes for leaves a closed transport after goodbyeMs', async () => {
      const id = await opened()
      await send(id, 48, 1, {}, 'too.early')
      assert.equal(open.router.connections, 1)
      clock.advance(1_000)
      await until(() => open.router.connections === 0)
    })
  })

  describe('send', () => {
    it('is answered with 202 on success and with 400 on error, and never with 204 or 200', async () => {
      const id = await joined()
      for (const [message, status] of [
        [[16, 1, {}, 'house.door'], 202],
        [[48, 2, {}, 'nobody.here'], 202],
        [[48, 3], 400],
        [[48, 4, {}, 'nobody.here'], 400],
      ] as const) {
        const answer = await send(id, ...message)
        assert.equal(answer.status, status, JSON.stringify(message))
        if (status === 202) assert.equal(answer.body.length, 0)
      }
    })

    it('is answered with 202 and nothing else on success', async () => {
      const id = await joined()
      const answer = await send(id, 16, 1, {}, 'house.door')
      assert.deepEqual([answer.status, answer.body.length], [202, 0])
      const goodbye = await send(id, 6, {}, 'wamp.close.close_realm')
      assert.equal(goodbye.status, 202)
      assert.deepEqual(wire(await receive(id)), [6, {}, 'wamp.close.goodbye_and_out'])
    })

    it('is answered with 400 on error, and the session gets ABORT', async () => {
      for (const body of [
        '',
        '[',
        '[]',
        '[999]',
        '[2,1,{}]',
        '[1,"realm1",{"roles":{"caller":{}}}]',
      ]) {
        const id = await joined()
        assert.equal((await ask(at(`${id}/send`), { body })).status, 400, body)
        const abort = wire(await receive(id))
        assert.deepEqual([abort[0], abort[2]], [3, 'wamp.error.protocol_violation'], body)
      }
      const batched = await opened('wamp.2.msgpack.batched')
      assert.equal((await ask(at(`${batched}/send`))).status, 400, 'an empty batch')
    })

    it('of the client’s own ABORT is no error', async () => {
      const id = await joined()
      assert.equal((await send(id, 3, {}, 'wamp.close.normal')).status, 202)
      assert.equal((await receive(id)).status, 404)
    })

    it('that is too long is answered with 413 and ABORT, before and after the join', async () => {
      const early = await opened()
      assert.equal((await ask(at(`${early}/send`), { body: 'x'.repeat(2_001) })).status, 413)
      assert.equal(wire(await receive(early))[0], 3)
      const late = await joined()
      const message = (bytes: number): string => {
        const empty = JSON.stringify([48, 1, {}, 'nobody.here', ['']])
        return empty.replace('[""]', `["${'x'.repeat(bytes - empty.length)}"]`)
      }
      assert.equal((await ask(at(`${late}/send`), { body: message(100_000) })).status, 202)
      assert.equal(wire(await receive(late))[0], 8)
      // As chunks of which nobody said how many there are.
      const headers = { 'transfer-encoding': 'chunked' }
      const chunked = await ask(at(`${late}/send`), { body: message(100_001), headers })
      assert.equal(chunked.status, 413)
      assert.equal(wire(await receive(late))[0], 3)
    })

    it('is not answered while the engine does not listen, and later in its turn', async () => {
      const id = await joined()
      let answered = 0
      const sends: Promise<unknown>[] = []
      // More than messagesPerSecond: who waits for his answers is slowed down, whoever he is.
      for (let i = 1; i <= 60; i++) {
        const sent = send(id, 16, i, {}, 'house.door').then(({ status }) => {
          assert.equal(status, 202)
          answered++
        })
        sends.push(sent)
        const held = await Promise.race([
          sent,
          roundTrip()
            .then(roundTrip)
            .then(() => 'held'),
        ])
        if (held === 'held') break
      }
      assert(answered >= 45 && answered < 60, `${answered} were answered`)
      await until(() => {
        clock.advance(100)
        return answered === sends.length
      })
    })

    it('that holds many messages is read on as the engine listens: what is behind them comes after them', async () => {
      const id = await opened('wamp.2.json.batched')
      const post = (...texts: string[]): Promise<HttpAnswer> =>
        ask(at(`${id}/send`), {
          body: Buffer.concat(texts.map((one) => batchOf('json', Buffer.from(one)))),
        })
      await post(JSON.stringify([1, 'realm1', { roles: allRoles }]))
      const other = await open.join()
      await other.ask([32, 1, {}, 'house.door'])
      let events = 0
      other.intercept = ([type]) => {
        if (type === 36) events++
        return type === 36
      }
      // More than messagesPerSecond, and then what ends the session as soon as it is looked at.
      const numbers = Array.from({ length: 80 }, (_, index) => index + 1)
      const publications = numbers.map((n) => JSON.stringify([16, n, {}, 'house.door']))
      const sent = post(...publications, 'rubbish')
      await until(() => {
        clock.advance(100)
        return events === publications.length
      })
      assert.equal((await sent).status, 400)
    })

    it('that holds many messages is taken no further apart when one of them has ended the session', async () => {
      let handedOn = 0
      const { router } = open
      const attach = router.attach.bind(router)
      router.attach = (transport) => {
        const sink = attach(transport)
        if (sink === undefined) return undefined
        const handOn = sink.receive.bind(sink)
        sink.receive = (frame) => {
          handedOn++
          handOn(frame)
        }
        return sink
      }
      const id = await opened('wamp.2.json.batched')
      const post = (...texts: string[]): Promise<HttpAnswer> =>
        ask(at(`${id}/send`), {
          body: Buffer.concat(texts.map((one) => batchOf('json', Buffer.from(one)))),
        })
      await post(JSON.stringify([1, 'realm1', { roles: allRoles }]))
      const publication = JSON.stringify([16, 1, {}, 'house.door'])
      const answer = await post(publication, 'rubbish', ...Array<string>(10).fill(publication))
      assert.equal(answer.status, 400)
      assert.equal(handedOn, 3)
    })

    it('in batches is described with its whole subprotocol in the session meta API, also while it is detached', async () => {
      for (const protocol of ['wamp.2.json', 'wamp.2.json.batched']) {
        const id = await opened(protocol)
        const hello = JSON.stringify([1, 'realm1', { roles: allRoles, resumable: true }])
        const isBatched = protocol.endsWith('.batched')
        const body = isBatched ? batchOf('json', Buffer.from(hello)) : hello
        assert.equal((await ask(at(`${id}/send`), { body })).status, 202)
        const session = [...(open.router.realm('realm1')?.sessions.values() ?? [])].at(-1)
        const other = await open.join()
        const described = async (): Promise<unknown> => {
          const answer = await other.ask([48, 1, {}, 'wamp.session.get', [session?.id]])
          const [details] = answer[3] as [{ transport: { protocol: string } }]
          return details.transport.protocol
        }
        assert.equal(await described(), protocol)
        await ask(at(`${id}/close`))
        await until(() => session?.detached === true)
        assert.equal(await described(), protocol)
        other.drop()
        await other.closed
      }
    })

    it('in batches may hold one message of the greatest length there is', async () => {
      const id = await opened('wamp.2.json.batched')
      const post = (body: string): Promise<HttpAnswer> =>
        ask(at(`${id}/send`), { body: batchOf('json', Buffer.from(body)) })
      await post(JSON.stringify([1, 'realm1', { roles: allRoles }]))
      const longest = JSON.stringify([16, 1, {}, 'house.door']).padEnd(100_000)
      assert.equal((await post(longest)).status, 202)
      assert.equal((await post(` ${longest}`)).status, 413)
    })

    it('beyond those that may be unanswered is refused with 400', async () => {
      const id = await joined()
      const sockets: Socket[] = []
      while (sockets.length < 3)
        sockets.push(await requestByHand(`${id}/send`, 'Content-Length: 9\r\n'))
      const answer = await send(id, 16, 1, {}, 'house.door')
      assert.deepEqual([answer.status, text(answer)], [400, 'more than 3 unanswered sends\n'])
      for (const socket of sockets) socket.destroy()
      await eventually(async () => assert.equal((await send(id, 16, 2, {}, 'a.b')).status, 202))
    })

    it('does not make the router keep what its client does not fetch', async () => {
      const id = await joined()
      const other = await open.join()
      await send(id, 32, 1, {}, 'much.text')
      await receive(id)
      for (let i = 1; i <= 8; i++) other.send([16, i, {}, 'much.text', ['x'.repeat(40_000)]])
      await other.settle()
      const { undelivered } = open.realm1.broker
      assert(undelivered.dropped >= 2, `${undelivered.dropped} events were dropped`)
      assert.equal(open.realm1.sessions.size, 2)
    })
  })

  describe('close', () => {
    it('is answered with 202, ends the session, and what hangs', async () => {
      const id = await joined()
      const { answer } = await hanging(id)
      const closing = await ask(at(`${id}/close`))
      assert.deepEqual([closing.status, closing.body.length], [202, 0])
      assert.equal((await answer).status, 404)
      await until(() => open.realm1.sessions.size === 0 && open.router.connections === 0)
      for (const verb of ['receive', 'send', 'close'])
        assert.equal((await ask(at(`${id}/${verb}`))).status, 404, verb)
    })

    it('of the router gives GOODBYE to who hangs', async () => {
      const id = await joined()
      const { answer } = await hanging(id)
      const closed = open.router.close()
      assert.deepEqual(wire(await answer), [
        6,
        { message: 'the router stops' },
        'wamp.close.system_shutdown',
      ])
      await send(id, 6, {}, 'wamp.close.goodbye_and_out')
      await closed
    })
  })

  /** Breaks a request off that hangs at the router; resolves when the router has seen it. */
  async function brokenOff(path: string): Promise<void> {
    const arrived = once(open.http, 'request') as Promise<[IncomingMessage]>
    const socket = connect(open.port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write(`POST /lp/${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`)
    const [{ socket: theirs }] = await arrived
    socket.destroy()
    await once(theirs, 'close')
  }

  /** A round trip: time enough for an answer that is not to come. */
  async function roundTrip(): Promise<undefined> {
    assert.equal((await ask(at('nothing/receive'))).status, 404)
  }

  /** A request of which no more comes than its head; it has arrived. */
  async function requestByHand(path: string, headers = 'Content-Length: 0\r\n'): Promise<Socket> {
    const socket = connect(open.port, '127.0.0.1')
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    const arrived = once(open.http, 'request')
    socket.write(`POST /lp/${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}\r\n`)
    await arrived
    return socket
  }
})
