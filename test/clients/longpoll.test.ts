import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { MsgpackSerializer } from 'wampy/MsgpackSerializer.js'
import { Wampy } from 'wampy'
import { Connection } from '../../clients/connection.ts'
import { anonymous } from '../../clients/credential.ts'
import { longPollClass, type LongPollOptions } from '../../clients/longpoll.ts'
import type { WebSocketLike } from '../../clients/wire.ts'
import { startOpenRouter, type OpenRouter } from '../support/open-router.ts'
import { until } from '../support/until.ts'

describe('Long-poll in the shape of a WebSocket', () => {
  describe('at a router', () => {
    let open: OpenRouter
    before(async () => {
      open = await startOpenRouter()
    })
    after(() => open.stop())

    for (const [format, serializer] of [
      ['JSON', undefined],
      ['MessagePack', new MsgpackSerializer()],
    ] as const)
      it(`carries calls and events in ${format}, in their order`, async () => {
        const client = new Connection({
          url: 'ws://localhost/',
          realm: 'realm1',
          credential: () => anonymous,
          webSocket: longPollClass(open.longPollUrl),
          ...(serializer && { serializer }),
        })
        await client.connect()
        await client.register('long', ({ args }) => args[0])
        const text = 'ä'.repeat(200_000)
        assert.deepEqual((await client.call('long', [text])).args, [text])
        const many = Array.from({ length: 50 }, (_, index) => client.call('long', [index]))
        const answers = await Promise.all(many)
        assert.deepEqual(
          answers.map(({ args }) => args[0]),
          [...answers.keys()],
        )
        const other = await open.join()
        const heard = new Promise((resolve) => {
          void client
            .subscribe('t', ({ args }) => resolve(args[0]))
            .then(() => other.send([16, 1, {}, 't', ['news']]))
        })
        assert.equal(await heard, 'news')
        await client.close()
        await open.dropClients()
      })

    it('serves an unmodified wampy', async () => {
      const wampy = new Wampy('ws://localhost/', {
        realm: 'realm1',
        ws: longPollClass(`${open.longPollUrl}/`) as never,
      })
      await wampy.connect()
      await wampy.register('hello', () => ({ argsList: ['hi'] }))
      assert.deepEqual((await wampy.call('hello')).argsList, ['hi'])
      await wampy.disconnect()
      await until(() => open.router.connections === 0)
    })

    it('notices that the router has ended its session', async () => {
      const made = listenTo(new (longPollClass(open.longPollUrl))('', ['wamp.2.json']))
      await made.opened
      made.socket.send('[1,"realm1",{"roles":{"caller":{}}}]')
      await until(() => open.realm1.sessions.size === 1)
      for (const session of open.realm1.sessions.values()) session.kill()
      assert.equal(await made.over, '')
      assert.equal(made.socket.readyState, 3)
      assert.equal(made.heard.length, 2)
    })
  })

  describe('at a server that it must not trust', () => {
    let server: Server
    let answer: RequestListener
    beforeEach(async () => {
      server = createServer((request, response) => {
        request.resume()
        answer(request, response)
      })
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
    })
    afterEach(() => {
      server.closeAllConnections()
      server.close()
    })

    const made = (options?: LongPollOptions): ReturnType<typeof listenTo> => {
      const { port } = server.address() as AddressInfo
      const LongPoll = longPollClass(`http://127.0.0.1:${port}/lp`, options)
      return listenTo(new LongPoll('', ['wamp.2.json']))
    }
    const good = '{"protocol":"wamp.2.json","transport":"x"}'

    it('ends with what the server said when it refuses, or answers something else', async () => {
      for (const [status, body, message] of [
        [400, 'none of these', /answered open with 400 \(none of these\)/],
        [200, '{}', /without protocol and transport/],
        [200, 'no JSON', /JSON/],
        [200, '{"protocol":"wamp.2.cbor","transport":"x"}', /wamp\.2\.cbor, which was not offered/],
      ] as const) {
        answer = (_request, response) => response.writeHead(status).end(body)
        assert.match(await made().over, message)
      }
    })

    it('ends when a request is not answered in time', async () => {
      answer = () => undefined
      assert.match(await made({ answerTimeoutMs: 30 }).over, /no answer in 30 ms/)
    })

    it('ends at a message that is too long, or an answer that it does not know', async () => {
      answer = (request, response) =>
        response.end(request.url === '/lp/open' ? good : 'x'.repeat(2_000))
      assert.match(await made({ maxMessageBytes: 1_000 }).over, /a message of more than 1000 bytes/)
      answer = (request, response) =>
        request.url === '/lp/open' ? response.end(good) : response.writeHead(302).end()
      assert.match(await made().over, /answered receive with 302/)
    })

    it('can be ended at any time', async () => {
      answer = (request, response) => void (request.url === '/lp/open' && response.end(good))
      const early = made()
      assert.throws(() => early.socket.send('x'), /not open yet/)
      early.socket.close()
      assert.equal(await early.over, '')
      const late = made()
      await late.opened
      late.socket.terminate?.()
      assert.equal(await late.over, '')
    })
  })
})

function listenTo(socket: WebSocketLike): {
  readonly socket: WebSocketLike
  readonly heard: string[]
  readonly opened: Promise<unknown>
  readonly over: Promise<string>
} {
  const heard: string[] = []
  const opened = new Promise((resolve) => Object.assign(socket, { onopen: resolve }))
  const over = new Promise<string>((resolve) =>
    Object.assign(socket, {
      onmessage: ({ data }: { data: string }) => heard.push(data),
      onclose: ({ reason }: { reason: string }) => resolve(reason),
    }),
  )
  return { socket, heard, opened, over }
}
