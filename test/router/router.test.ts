import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { Router } from '../../router/router.ts'
import { MemoryClient } from '../support/memory-client.ts'
import { memoryRouter, settled } from '../support/memory-router.ts'
import { closed } from '../support/closed.ts'
import { allowAll, anyone, startOpenRouter } from '../support/open-router.ts'
import { until } from '../support/until.ts'
import { allRoles } from '../support/wamp-client.ts'

describe('Router', () => {
  it('has realms by URI, each once', () => {
    const router = new Router()
    const definition = { authenticators: [anyone], authorizer: allowAll }
    const realm = router.addRealm({ uri: 'home', ...definition })
    assert.equal(router.realm('home'), realm)
    assert.equal(router.realm('other'), undefined)
    assert.deepEqual([...router.realms.keys()], ['home'])
    assert.throws(() => router.addRealm({ uri: 'home', ...definition }), /home is there already/)
  })

  it('holds strict URIs only where a realm says so', () => {
    for (const [strictUris, type] of [
      [true, 'wamp.error.invalid_uri'],
      [false, 'wamp.error.no_such_procedure'],
    ] as const) {
      const client = memoryRouter(allowAll, { realm: { strictUris } }).join()
      for (const uri of ['Lamp.switch', 'lamp.schalter-1', 'lampe.öffnen']) {
        assert.equal(client.ask([48, 1, {}, uri])[0]?.[4], type)
        const subscribed = client.ask([32, 2, {}, uri])[0]
        assert.equal(subscribed?.[0], strictUris ? 8 : 33)
        assert.equal(client.ask([64, 3, {}, uri])[0]?.[0], strictUris ? 8 : 65)
        const published = client.ask([16, 4, { acknowledge: true }, uri])[0]
        assert.equal(published?.[0], strictUris ? 8 : 17)
      }
      assert.equal(client.ask([48, 1, {}, 'lamp_1.switch'])[0]?.[4], 'wamp.error.no_such_procedure')
      assert.equal(client.ask([32, 2, { match: 'wildcard' }, 'lamp..'])[0]?.[0], 33)
    }
  })

  describe('that closes', () => {
    const limits = { goodbyeMs: 1_000 }

    it('says GOODBYE wamp.close.system_shutdown, and is closed when all have answered', async () => {
      const { router, join, realm } = memoryRouter(allowAll, { limits })
      const clients = [join(), join()]
      let isClosed = false
      const closing = router.close().then(() => (isClosed = true))
      for (const client of clients) {
        assert.deepEqual(client.take(), [
          [6, { message: 'the router stops' }, 'wamp.close.system_shutdown'],
        ])
        assert.equal(client.closedFor, undefined)
      }
      assert.equal(realm.sessions.size, 0)
      clients[0]?.send([6, {}, 'wamp.close.goodbye_and_out'])
      assert.equal(clients[0]?.closedFor, 'goodbye')
      await settled()
      assert.equal(isClosed, false)
      clients[1]?.send([6, {}, 'wamp.close.goodbye_and_out'])
      await closing
      assert.equal(router.connections, 0)
    })

    it('waits for an answer for goodbyeMs and no longer', async () => {
      const { router, join, clock } = memoryRouter(allowAll, { limits })
      const client = join()
      const closing = router.close()
      clock.advance(999)
      assert.equal(client.closedFor, undefined)
      clock.advance(1)
      assert.equal(client.closedFor, 'timeout')
      await closing
    })

    it('says nothing where a realm is to be closed so, for clients that then come again', async () => {
      const { router, join } = memoryRouter(allowAll, { realm: { shutdown: 'close' } })
      const client = join()
      await router.close()
      assert.deepEqual([client.take(), client.closedFor], [[], 'shutdown'])
    })

    it('aborts who is joining', async () => {
      const { router } = memoryRouter()
      const client = new MemoryClient(router)
      await router.close()
      assert.deepEqual(client.take(), [
        [3, { message: 'the router stops' }, 'wamp.close.system_shutdown'],
      ])
    })

    it('takes nobody in any more, and closes once however often it is told to', async () => {
      const { router, join, clock } = memoryRouter(allowAll, { limits })
      join()
      const closing = [router.close(), router.close()]
      const late = new MemoryClient(router)
      assert.deepEqual([late.attached, late.closedFor], [false, 'shutdown'])
      assert.equal(
        router.enter('10.0.0.1', () => undefined),
        undefined,
      )
      clock.advance(1_000)
      await Promise.all(closing)
      await router.close()
    })

    it('is closed over real sockets, whether clients answer, say nothing, or are gone', async () => {
      const open = await startOpenRouter({ limits: { goodbyeMs: 60 } })
      const [polite, silent, raw, gone] = [
        await open.join(),
        await open.join(),
        await open.joinRaw(),
        await open.join(),
      ]
      gone.drop()
      const started = Date.now()
      const closing = open.router.close()
      assert.equal((await polite.next())[2], 'wamp.close.system_shutdown')
      polite.send([6, {}, 'wamp.close.goodbye_and_out'])
      assert.equal((await silent.next())[2], 'wamp.close.system_shutdown')
      assert.equal((await raw.next())[2], 'wamp.close.system_shutdown')
      await closing
      assert(Date.now() - started < 1_000)
      await Promise.all([polite.closed, silent.closed, raw.closed])
      await open.stop()
    })
  })

  describe('over sockets', () => {
    it('closes who does not shake hands or does not join in time', async () => {
      const open = await startOpenRouter({ limits: { joinMs: 50 } })
      try {
        const mute = connect(open.rawPort, '127.0.0.1')
        mute.resume()
        const half = await open.connectRaw()
        const idle = await open.connect()
        await Promise.all([closed(mute), half.closed])
        assert.equal(await idle.closed, 1008)
        await until(() => open.router.connections === 0)
      } finally {
        await open.stop()
      }
    })

    it('refuses one too many: WebSocket with 1013, RawSocket with error 4', async () => {
      const open = await startOpenRouter({ limits: { joiningPerAddress: 2 } })
      try {
        await open.connectRaw()
        const client = await open.connect()
        const refused = await open.connect()
        assert.equal(await refused.closed, 1013)
        const raw = connect(open.rawPort, '127.0.0.1')
        raw.write(Buffer.of(0x7f, 0xf1, 0, 0))
        const [answer] = (await once(raw, 'data')) as [Buffer]
        assert.deepEqual(answer, Buffer.of(0x7f, 0x40, 0, 0))
        await closed(raw)
        // Also who says nothing is told, and let go.
        const mute = connect(open.rawPort, '127.0.0.1')
        const [word] = (await once(mute, 'data')) as [Buffer]
        assert.deepEqual(word, Buffer.of(0x7f, 0x40, 0, 0))
        mute.destroy()
        await client.join()
        assert.equal((await (await open.connect()).join())[0], 2)
      } finally {
        await open.stop()
      }
    })

    it('refuses one that shook hands when the last place had been taken meanwhile', async () => {
      const open = await startOpenRouter({ limits: { connections: 1 } })
      try {
        const raw = connect(open.rawPort, '127.0.0.1')
        await once(raw, 'connect')
        await open.join()
        raw.write(Buffer.of(0x7f, 0xf1, 0, 0))
        const [answer] = (await once(raw, 'data')) as [Buffer]
        assert.deepEqual(answer, Buffer.of(0x7f, 0x40, 0, 0))
        await closed(raw)
      } finally {
        await open.stop()
      }
    })

    it('destroys what does not close its side after ours, in goodbyeMs', async () => {
      const open = await startOpenRouter({ limits: { goodbyeMs: 50 } })
      try {
        const socket = connect({ port: open.rawPort, host: '127.0.0.1', allowHalfOpen: true })
        socket.on('error', () => undefined)
        socket.resume()
        socket.write(Buffer.of(0x7f, 0xf1, 0, 0))
        const message = Buffer.from(JSON.stringify([1, 'nowhere', { roles: allRoles }]))
        socket.write(Buffer.concat([Buffer.of(0, 0, 0, message.length), message]))
        await once(socket, 'end')
        // We go on sending, until there is nobody to send to.
        const sending = setInterval(() => socket.write(Buffer.alloc(4)), 5)
        await closed(socket)
        clearInterval(sending)
        assert.equal(open.router.connections, 0)
      } finally {
        await open.stop()
      }
    })
  })
})
