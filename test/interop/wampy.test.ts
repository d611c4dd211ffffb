import assert from 'node:assert/strict'
import { Wampy } from 'wampy'
import { MsgpackSerializer } from 'wampy/MsgpackSerializer.js'
import WebSocket from 'ws'
import { startHouse, type House, type PersonName } from '../support/house.ts'
import { startOpenRouter, type OpenRouter } from '../support/open-router.ts'

const serializers = {
  json: () => ({}),
  msgpack: () => ({ serializer: new MsgpackSerializer() }),
}

for (const [name, serializer] of Object.entries(serializers)) {
  describe(`wampy as it is, over ${name}, in an open realm`, () => {
    let open: OpenRouter
    const clients: Wampy[] = []
    before(async () => (open = await startOpenRouter()))
    after(async () => {
      for (const client of clients) await client.disconnect()
      await open.stop()
    })

    async function join(): Promise<Wampy> {
      const client = new Wampy(open.url, {
        realm: 'realm1',
        ws: WebSocket as never,
        ...serializer(),
      })
      clients.push(client)
      await client.connect()
      return client
    }

    it('calls from one session what another registered', async () => {
      const [callee, caller] = [await join(), await join()]
      await callee.register('math.add', ({ argsList }) => {
        const [a, b] = argsList as [number, number]
        return { argsList: [a + b], argsDict: { checked: true } }
      })
      const { argsList, argsDict } = await caller.call('math.add', [40, 2])
      assert.deepEqual([argsList, argsDict], [[42], { checked: true }])
    })

    it('gets the error of a callee, and the URI of a procedure that is not there', async () => {
      const [callee, caller] = [await join(), await join()]
      await callee.register('math.fail', ({ error_handler: fail }) => {
        fail?.({ error: 'math.error.overflow', argsList: ['too much'] })
      })
      await assert.rejects(
        caller.call('math.fail'),
        (error) => (error as { errorUri?: string }).errorUri === 'math.error.overflow',
      )
      await assert.rejects(
        caller.call('math.none'),
        (error) => (error as { errorUri?: string }).errorUri === 'wamp.error.no_such_procedure',
      )
    })

    it('gets the events of a topic, its own too where it asks for them', async () => {
      const [publisher, subscriber] = [await join(), await join()]
      const got = new Promise((resolve) => {
        void subscriber
          .subscribe('news.flash', ({ argsList }) => resolve(argsList))
          .then(() => publisher.publish('news.flash', ['rain']))
      })
      assert.deepEqual(await got, ['rain'])
    })
  })

  describe(`wampy as it is, over ${name}, in a house`, () => {
    let house: House
    const clients: Wampy[] = []
    before(async () => (house = await startHouse()))
    after(async () => {
      for (const client of clients) await client.disconnect()
      await house.stop()
    })

    async function join(person: PersonName): Promise<Wampy> {
      const token = await house.token(person)
      const client = new Wampy(house.url, {
        realm: 'home',
        ws: WebSocket as never,
        authid: 'whoever',
        authmethods: ['ticket'],
        onChallenge: () => token,
        ...serializer(),
      })
      clients.push(client)
      const welcome = await client.connect()
      assert.equal((welcome as { authid?: string }).authid, person)
      return client
    }

    const denied = (error: unknown): boolean =>
      (error as { errorUri?: string }).errorUri === 'wamp.error.not_authorized'

    it('lets the guest switch the lamp and the owner open the safe, and nothing else', async () => {
      const [guest, owner] = [await join('guest'), await join('owner')]
      assert.deepEqual((await guest.call('lamp.switch', [true])).argsList, [{ done: true }])
      await assert.rejects(guest.call('safe.open'), denied)
      assert.deepEqual((await owner.call('safe.open')).argsList, [{ done: true }])
    })

    it('hears of a grant and a revocation with its very next call', async () => {
      const guest = await join('guest')
      await assert.rejects(guest.call('safe.open'), denied)
      const { id } = await house.manage('grant.create', {
        to: 'guest',
        ecosystem: 'home',
        level: 1,
      })
      assert.deepEqual((await guest.call('safe.open')).argsList, [{ done: true }])
      await house.manage('grant.revoke', { id })
      await assert.rejects(guest.call('safe.open'), denied)
    })
  })
}
