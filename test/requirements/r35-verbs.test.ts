import assert from 'node:assert/strict'
import { sign } from 'node:crypto'
import { startOutside, type Outside } from '../support/outside.ts'
import { boardKey, codeFor, enrolBy, publicHex } from '../support/raw-device.ts'
import { announcing } from '../support/roles.ts'
import type { WampClient, Wire } from '../support/wamp-client.ts'

const denied = 'wamp.error.not_authorized'
const more = { progress: true }

/** Whoever calls, and whoever answers, understand all that there is about calls. */
const calling = announcing({
  caller: ['progressive_call_results', 'progressive_call_invocations', 'call_canceling'],
})
const answering = announcing({
  callee: [
    'progressive_call_results',
    'progressive_call_invocations',
    'call_canceling',
    'call_timeout',
  ],
})

describe('R35 every verb of WAMP is authorized', () => {
  let house: Outside
  /** Level 3: may use the lamp. */
  let guest: WampClient
  /** Has nothing. */
  let stranger: WampClient
  let lamp: WampClient
  let tv: WampClient
  let registration: number
  let grant: string
  let requests = 100

  /** A device that was enrolled, and joined by its key. */
  const device = async (deviceClass: string, prefix: string): Promise<WampClient> => {
    const key = boardKey()
    const code = await codeFor(house, { class: deviceClass, prefix })
    await enrolBy(house, code, { public_key: publicHex(key) })
    const client = await house.connect()
    const hello = { authmethods: ['cryptosign'], authextra: { pubkey: publicHex(key) } }
    const challenge = await client.ask([1, 'home', { ...answering, ...hello, authid: prefix }])
    const text = String((challenge[2] as { challenge?: unknown }).challenge)
    const signature = sign(null, Buffer.from(text, 'hex'), key).toString('hex') + text
    assert.equal((await client.ask([5, signature, {}]))[0], 2)
    return client
  }
  const person = async (id: string): Promise<WampClient> =>
    house.join(await house.token(0, id), { roles: calling.roles })

  before(async () => {
    house = await startOutside()
    for (const id of ['guest', 'stranger']) await house.person(id)
    grant = await house.grant('guest', 3)
    lamp = await device('light', 'lamp')
    tv = await device('tv', 'tv')
    registration = await lamp.register('lamp.switch', ++requests)
    const wish = { device: 'lamp', ecosystem: 'home', uri: 'lamp.wish', level: 3 }
    const { devices } = await house.manage('device.list')
    const known = (devices as { id: string; prefix: string }[]).find(
      ({ prefix }) => prefix === 'lamp',
    )
    await house.manage('capability.set', { ...wish, device: known?.id, action: 'publish' })
    guest = await person('guest')
    stranger = await person('stranger')
  })

  afterEach(async () => {
    // Nothing is left over, and nothing came that was not taken.
    for (const client of [lamp, tv, guest, stranger]) assert.deepEqual(await client.settle(), [])
  })

  after(() => house.stop())

  const request = (): number => ++requests
  const isDenied = (answer: Wire, type: number, id: number): void => {
    assert.deepEqual([answer[0], answer[1], answer[2], answer[4]], [8, type, id, denied])
    // What it is for is known to the owner alone.
    assert.deepEqual(Object.keys(answer[3] as object), ['decision_id'])
  }
  /** The INVOCATION that comes to the lamp; its id. */
  const invoked = async (options: object = {}): Promise<number> => {
    const invocation = await lamp.next()
    assert.deepEqual([invocation[0], invocation[2]], [68, registration])
    const { progress, receive_progress: receives } = invocation[3] as Record<string, unknown>
    assert.deepEqual(
      { ...(progress !== undefined && { progress }), ...(receives === true && { receive: true }) },
      options,
    )
    return invocation[1] as number
  }
  const regranted = async (work: () => Promise<void>): Promise<void> => {
    await house.manage('grant.revoke', { id: grant })
    try {
      await work()
    } finally {
      grant = await house.grant('guest', 3)
    }
  }

  it('R35: call', async () => {
    const id = request()
    guest.send([48, id, {}, 'lamp.switch', [true]])
    lamp.send([70, await invoked(), {}, ['on']])
    assert.deepEqual(await guest.next(), [50, id, {}, ['on']])

    for (const uri of ['lamp.switch', 'tv.play', 'no.such']) {
      const no = request()
      isDenied(await stranger.ask([48, no, {}, uri, [true]]), 48, no)
    }
  })

  it('R35: progressive call: no result goes to whoever may not call, nor to whose right ended meanwhile', async () => {
    const id = request()
    guest.send([48, id, { receive_progress: true }, 'lamp.switch'])
    const invocation = await invoked({ receive: true })
    lamp.send([70, invocation, more, [1]])
    assert.deepEqual(await guest.next(), [50, id, more, [1]])
    lamp.send([70, invocation, {}, [2]])
    assert.deepEqual(await guest.next(), [50, id, {}, [2]])

    const no = request()
    isDenied(await stranger.ask([48, no, { receive_progress: true }, 'lamp.switch']), 48, no)

    const cut = request()
    guest.send([48, cut, { receive_progress: true }, 'lamp.switch'])
    const open = await invoked({ receive: true })
    lamp.send([70, open, more, [1]])
    assert.deepEqual(await guest.next(), [50, cut, more, [1]])
    await regranted(async () => {
      const end = await guest.next()
      assert.deepEqual([end[0], end[2], end[4]], [8, cut, denied])
      assert.deepEqual((await lamp.next()).slice(0, 2), [69, open])
      lamp.send([70, open, more, [2]])
      assert.deepEqual(await guest.settle(), [])
    })
    lamp.send([8, 68, open, {}, 'wamp.error.canceled'])
  })

  it('R35: call in parts: each part is asked about', async () => {
    const id = request()
    guest.send([48, id, more, 'lamp.switch', ['one']])
    const invocation = await invoked(more)
    guest.send([48, id, {}, 'lamp.switch', ['two']])
    assert.equal(await invoked(), invocation)
    lamp.send([70, invocation, {}, ['done']])
    assert.deepEqual(await guest.next(), [50, id, {}, ['done']])

    const no = request()
    isDenied(await stranger.ask([48, no, more, 'lamp.switch', ['one']]), 48, no)

    const cut = request()
    guest.send([48, cut, more, 'lamp.switch', ['one']])
    const open = await invoked(more)
    await regranted(async () => {
      const end = await guest.next()
      assert.deepEqual([end[0], end[2], end[4]], [8, cut, denied])
      assert.deepEqual((await lamp.next()).slice(0, 2), [69, open])
      guest.send([48, cut, {}, 'lamp.switch', ['two']])
      await guest.settle()
      assert.deepEqual(await lamp.settle(), [])
    })
    lamp.send([8, 68, open, {}, 'wamp.error.canceled'])
  })

  it('R35: publish', async () => {
    const subscription = await lamp.subscribe('lamp.wish', {}, request())
    const id = request()
    assert.equal((await guest.ask([16, id, { acknowledge: true }, 'lamp.wish', ['bright']]))[0], 17)
    const event = await lamp.next()
    assert.deepEqual([event[0], event[1], event[4]], [36, subscription, ['bright']])

    for (const [client, topic] of [
      [stranger, 'lamp.wish'],
      [guest, 'lamp.on_change'],
      [tv, 'lamp.on_change'],
      [tv, 'lamp.wish'],
    ] as const) {
      const no = request()
      isDenied(await client.ask([16, no, { acknowledge: true }, topic, ['dark']]), 16, no)
      // Who does not ask for an answer gets none, and is not heard all the same.
      client.send([16, request(), {}, topic, ['dark']])
    }
    const own = request()
    assert.equal((await lamp.ask([16, own, { acknowledge: true }, 'lamp.on_change', [1]]))[0], 17)
    await lamp.ask([34, request(), subscription])
  })

  it('R35: subscribe: to a topic, to a pattern, and to what was kept', async () => {
    const retained = { acknowledge: true, retain: true }
    assert.equal((await lamp.ask([16, request(), retained, 'lamp.on_change', ['on']]))[0], 17)
    const id = request()
    const subscribed = await guest.ask([32, id, { get_retained: true }, 'lamp.on_change'])
    assert.deepEqual(subscribed.slice(0, 2), [33, id])
    assert.deepEqual((await guest.next())[4], ['on'])
    await guest.ask([34, request(), subscribed[2]])

    for (const [topic, options] of [
      ['lamp.on_change', {}],
      ['lamp.on_change', { get_retained: true }],
      ['lamp.', { match: 'prefix' }],
      ['lamp..state', { match: 'wildcard' }],
      ['', { match: 'prefix' }],
    ] as const) {
      const no = request()
      isDenied(await stranger.ask([32, no, options, topic]), 32, no)
    }
    // A pattern reaches what one may not hear.
    const no = request()
    isDenied(await guest.ask([32, no, { match: 'prefix' }, 'lamp.']), 32, no)
    await lamp.ask([16, request(), { acknowledge: true, retain: true }, 'lamp.on_change'])
  })

  it('R35: cancel: one’s own call, and nobody else’s', async () => {
    const id = request()
    guest.send([48, id, {}, 'lamp.switch'])
    const invocation = await invoked()
    for (const client of [stranger, tv]) client.send([49, id, { mode: 'kill' }])
    const other = await person('guest')
    other.send([49, id, { mode: 'kill' }])
    for (const client of [stranger, tv, other]) await client.settle()
    assert.deepEqual(await lamp.settle(), [])
    other.drop()

    guest.send([49, id, { mode: 'killnowait' }])
    assert.deepEqual((await guest.next())[4], 'wamp.error.canceled')
    assert.deepEqual((await lamp.next()).slice(0, 2), [69, invocation])
    lamp.send([8, 68, invocation, {}, 'wamp.error.canceled'])

    // What was denied is not there to be cancelled: the device hears of neither.
    const no = request()
    isDenied(await stranger.ask([48, no, {}, 'lamp.switch']), 48, no)
    stranger.send([49, no, { mode: 'kill' }])
  })

  it('R35: timeout: for whoever may call; else it is denied at once, and nothing waits', async () => {
    const id = request()
    guest.send([48, id, { timeout: 50 }, 'lamp.switch'])
    const invocation = await invoked()
    assert.equal((await guest.next())[4], 'wamp.error.timeout')
    assert.deepEqual((await lamp.next()).slice(0, 2), [69, invocation])
    lamp.send([8, 68, invocation, {}, 'wamp.error.canceled'])

    const no = request()
    const from = performance.now()
    isDenied(await stranger.ask([48, no, { timeout: 5_000 }, 'lamp.switch']), 48, no)
    assert.ok(performance.now() - from < 1_000)
  })

  it('R35: register: one’s own names, and nobody else’s', async () => {
    const id = request()
    const registered = await lamp.ask([64, id, {}, 'lamp.dim'])
    assert.deepEqual(registered.slice(0, 2), [65, id])

    for (const [client, uri, options] of [
      [tv, 'lamp.mine', {}],
      [tv, 'lamp.', { match: 'prefix' }],
      [tv, '.switch', { match: 'wildcard' }],
      [tv, 'lamp.dim', { invoke: 'roundrobin' }],
      [tv, 'lamp.dim', { force_reregister: true }],
      [guest, 'lamp.mine', {}],
      [guest, 'user.stranger.x', {}],
      [stranger, 'free.name', {}],
    ] as const) {
      const no = request()
      isDenied(await client.ask([64, no, options, uri]), 64, no)
    }
    // Nobody ends another's either.
    const [, , dim] = registered
    const refused = await tv.ask([66, request(), dim])
    assert.equal(refused[4], 'wamp.error.no_such_registration')
    assert.equal((await lamp.ask([66, request(), dim]))[0], 67)
    const own = await guest.ask([64, request(), {}, 'user.guest.x'])
    assert.equal(own[0], 65)
    assert.equal((await guest.ask([66, request(), own[2]]))[0], 67)
  })
})
