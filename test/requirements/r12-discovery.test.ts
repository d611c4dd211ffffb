import assert from 'node:assert/strict'
import { startOutside, type Answer, type Outside } from '../support/outside.ts'
import { attend, partOf, joinByKey, rawDevice, subscribing } from '../support/raw-device.ts'
import type { RawDevice } from '../support/raw-device.ts'
import type { WampClient, Wire } from '../support/wamp-client.ts'

const update = 'latchkey.device.on_update'

describe('R12 devices say what they are and can do', () => {
  let outside: Outside
  let door: RawDevice
  let tv: RawDevice
  let safe: RawDevice
  let owner: WampClient
  let guest: WampClient
  let stranger: WampClient

  beforeEach(async () => {
    outside = await startOutside()
    for (const id of ['owner', 'guest', 'stranger']) await outside.person(id)
    await outside.grant('owner', 1)
    await outside.grant('guest', 3)
    door = await rawDevice(outside, { class: 'lock' })
    tv = await rawDevice(outside, { class: 'tv' })
    safe = await rawDevice(outside, { class: 'safe' })
    const join = async (id: string): Promise<WampClient> => outside.join(await outside.token(0, id))
    ;[owner, guest, stranger] = [await join('owner'), await join('guest'), await join('stranger')]
  })
  afterEach(() => outside.stop())

  const list = async (client: WampClient, kwargs: object = {}): Promise<Answer[]> => {
    const answer = await outside.call(client, 'latchkey.discovery.list', [], kwargs)
    assert.equal(answer[0], 50, JSON.stringify(answer))
    return (answer[3] as [{ devices: Answer[] }])[0].devices
  }
  const names = async (client: WampClient, kwargs: object = {}): Promise<unknown[]> =>
    (await list(client, kwargs)).map(({ device }) => device)
  const announce = (device: RawDevice, kwargs: object): Promise<string> =>
    outside.outcome(device.client, 'latchkey.capability.announce', [], kwargs)
  /** Resolves when what was on its way to the client has come. */
  const settled = async (...clients: WampClient[]): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 30))
    for (const client of clients) await client.settle()
  }

  it('R12: a level-3 guest lists and sees door and tv, never the safe', async () => {
    assert.deepEqual(await names(guest), [door.id, tv.id])
    assert.deepEqual(await names(owner), [door.id, tv.id, safe.id])
    assert.deepEqual(await names(stranger), [])
  })

  it('R12: what is announced is listed with its schemas, and by ecosystem, class and attribute', async () => {
    const verbs = [
      {
        uri: `${tv.prefix}.play`,
        args: { type: 'array', items: { type: 'string' } },
        result: { type: 'boolean' },
      },
      { uri: `${tv.prefix}.state` },
    ]
    assert.equal(
      await announce(tv, { attributes: { room: 'kitchen', hdr: true }, verbs }),
      'RESULT',
    )
    const [found] = await list(guest, { attr: { room: 'kitchen' } })
    assert.equal(found?.['device'], tv.id)
    assert.deepEqual((found?.['capabilities'] as object[] | undefined)?.[0], {
      ...verbs[0],
      action: 'call',
    })
    assert.deepEqual(await names(guest, { attr: { room: 'hall' } }), [])
    assert.deepEqual(await names(guest, { class: 'lock', ecosystem: 'home' }), [door.id])
    assert.deepEqual(await names(guest, { ecosystem: 'elsewhere' }), [])
  })

  it('R12: a device can ask for more than its class does, and never for less', async () => {
    const uri = `${tv.prefix}.play`
    assert.equal(await announce(tv, { verbs: [{ uri, required_level: 2 }] }), 'RESULT')
    assert.equal(await outside.outcome(guest, uri), 'wamp.error.not_authorized')
    assert.deepEqual(await names(guest), [door.id])
    const open = `${safe.prefix}.open`
    assert.equal(await announce(safe, { verbs: [{ uri: open, required_level: 99 }] }), 'RESULT')
    assert.equal(await outside.outcome(guest, open), 'wamp.error.not_authorized')
  })

  it('R12: a change of attributes is an event to entitled subscribers only, in less than 50 ms', async () => {
    const heard = [owner, guest, stranger].map((client) => attend(client).events)
    for (const client of [owner, guest, stranger])
      assert.equal(await subscribing(client, update), 'SUBSCRIBED')
    const came = new Promise<number>((resolve) => {
      const before = guest.intercept
      guest.intercept = (message: Wire) => {
        if (message[0] === 36) resolve(performance.now())
        return before?.(message) ?? false
      }
    })
    const changedAt = performance.now()
    assert.equal(await announce(tv, { attributes: { channel: 3 } }), 'RESULT')
    assert.ok((await came) - changedAt < 50)
    assert.equal(await announce(safe, { attributes: { gold: 7 } }), 'RESULT')
    assert.equal(await announce(safe, { attributes: { gold: 7 } }), 'RESULT')
    await settled(owner, guest, stranger)
    const told = heard.map((events) => events.map((event) => (event[5] as Answer)['device']))
    assert.deepEqual(told, [[tv.id, safe.id], [tv.id], []])
    assert.deepEqual(partOf(heard[1]?.[0], 5)['attributes'], { channel: 3 })
  })

  it('R12: coming and going is told to the same ones', async () => {
    const heard = [owner, guest, stranger].map((client) => attend(client).events)
    for (const client of [owner, guest, stranger])
      for (const topic of ['latchkey.device.on_offline', 'latchkey.device.on_online'])
        assert.equal(await subscribing(client, topic), 'SUBSCRIBED')
    for (const device of [safe, tv]) {
      device.client.drop()
      await device.client.closed
      await settled(owner)
      await joinByKey(outside, device.key)
    }
    await settled(owner, guest, stranger)
    const told = heard.map((events) =>
      events.map((event) => {
        const { device, online } = event[5] as Answer
        return [device, online]
      }),
    )
    const [ofSafe, ofTv] = [safe, tv].map(({ id }) => [
      [id, false],
      [id, true],
    ])
    assert.deepEqual(told, [[...(ofSafe ?? []), ...(ofTv ?? [])], ofTv, []])
  })

  it('R12: nobody listens to more than that: no pattern, and no topic that there is not', async () => {
    for (const [uri, options] of [
      ['latchkey.device.', { match: 'prefix' }],
      ['latchkey..on_update', { match: 'wildcard' }],
      ['latchkey.device.on_anything', {}],
    ] as const)
      assert.equal(await subscribing(owner, uri, options), 'wamp.error.not_authorized')
  })
})
