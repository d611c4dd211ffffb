import assert from 'node:assert/strict'
import { startOutside, type Answer, type Outside } from '../support/outside.ts'
import {
  attend,
  partOf,
  joinByKey,
  publishing,
  rawDevice,
  subscribing,
  type RawDevice,
} from '../support/raw-device.ts'
import type { WampClient, Wire } from '../support/wamp-client.ts'

const notAuthorized = 'wamp.error.not_authorized'
const onDesired = 'latchkey.device.on_desired'

describe('R53 telemetry, and state that can be read while a device sleeps', () => {
  let outside: Outside
  let lamp: RawDevice
  let owner: WampClient
  let guest: WampClient
  let stranger: WampClient

  beforeEach(async () => {
    outside = await startOutside({ store: 'folder' })
    for (const id of ['owner', 'guest', 'stranger']) await outside.person(id)
    await outside.grant('owner', 1)
    await outside.grant('guest', 3)
    lamp = await rawDevice(outside, { class: 'light', prefix: 'lamp' })
    const join = async (id: string): Promise<WampClient> => outside.join(await outside.token(0, id))
    ;[owner, guest, stranger] = [await join('owner'), await join('guest'), await join('stranger')]
  })
  afterEach(() => outside.stop())

  const shadow = async (verb: string, client: WampClient, kwargs: object): Promise<Wire> =>
    outside.call(client, `latchkey.device.shadow.${verb}`, [], kwargs)
  const resultOf = (answer: Wire): Answer => {
    assert.equal(answer[0], 50, JSON.stringify(answer))
    return (answer[3] as [Answer])[0]
  }
  const wish = (desired: object, more: object = {}): Promise<Wire> =>
    shadow('set', owner, { device: 'lamp', desired, ...more })
  const sleep = async (device: RawDevice): Promise<void> => {
    device.client.drop()
    await device.client.closed
    await new Promise((resolve) => setTimeout(resolve, 20))
  }

  it('R53: the last value is there for an entitled subscriber when the device has gone, for no other', async () => {
    assert.equal(
      await publishing(lamp.client, 'lamp.on_change', [{ on: true }], { retain: true }),
      'PUBLISHED',
    )
    assert.equal(await publishing(lamp.client, 'lamp.on_change', [{ on: 'unkept' }]), 'PUBLISHED')
    await sleep(lamp)
    const { events } = attend(guest)
    assert.equal(await subscribing(guest, 'lamp.on_change', { get_retained: true }), 'SUBSCRIBED')
    await guest.settle()
    assert.deepEqual(
      events.map((event) => event[4]),
      [[{ on: true }]],
    )
    const others = attend(stranger)
    assert.equal(
      await subscribing(stranger, 'lamp.on_change', { get_retained: true }),
      notAuthorized,
    )
    assert.deepEqual(others.events, [])
  })

  it('R53: a wish while the device is away is delivered once when it is back', async () => {
    await sleep(lamp)
    const set = resultOf(await wish({ on: true, dim: 40 }))
    assert.deepEqual([set['desired_version'], set['delivered_version']], [1, 0])
    let back = await joinByKey(outside, lamp.key)
    const { events } = attend(back)
    assert.equal(await subscribing(back, onDesired), 'SUBSCRIBED')
    await back.settle()
    assert.deepEqual(
      events.map((event) => event[5]),
      [{ device: 'lamp', desired: { on: true, dim: 40 }, version: 1 }],
    )
    const reported = { reported: { on: true, dim: 40 }, version: 1 }
    assert.equal(resultOf(await shadow('report', back, reported))['delivered_version'], 1)
    back.drop()
    await back.closed
    back = await joinByKey(outside, lamp.key)
    const again = attend(back)
    assert.equal(await subscribing(back, onDesired), 'SUBSCRIBED')
    await back.settle()
    assert.deepEqual(again.events, [])
  })

  it('R53: what was not taken is delivered again, and one that is here hears at once', async () => {
    const { events } = attend(lamp.client)
    assert.equal(await subscribing(lamp.client, onDesired), 'SUBSCRIBED')
    resultOf(await wish({ on: true }))
    await lamp.client.settle()
    assert.equal(events.length, 1)
    await sleep(lamp)
    const back = await joinByKey(outside, lamp.key)
    const again = attend(back)
    assert.equal(await subscribing(back, onDesired), 'SUBSCRIBED')
    await back.settle()
    assert.equal(again.events.length, 1)
  })

  it('R53: wishes are merged, null takes away, and a stale version is a conflict', async () => {
    resultOf(await wish({ on: true, color: { r: 1, g: 2 } }))
    const second = resultOf(await wish({ on: null, color: { g: null } }, { version: 1 }))
    assert.deepEqual(second['desired'], { color: { r: 1 } })
    assert.equal((await wish({ on: false }, { version: 1 }))[4], 'latchkey.error.conflict')
    assert.equal((await wish({ text: 'x'.repeat(20_000) }))[4], 'wamp.error.invalid_argument')
  })

  it('R53: both states are readable while it is away and after a restart, for those who may', async () => {
    resultOf(await shadow('report', lamp.client, { reported: { on: false } }))
    resultOf(await wish({ on: true }))
    await sleep(lamp)
    await outside.restart()
    guest = await outside.join(await outside.token(0, 'guest'))
    stranger = await outside.join(await outside.token(0, 'stranger'))
    const seen = resultOf(await shadow('get', guest, { device: 'lamp' }))
    assert.deepEqual([seen['desired'], seen['reported']], [{ on: true }, { on: false }])
    for (const device of ['lamp', 'nothing'])
      assert.equal((await shadow('get', stranger, { device }))[4], notAuthorized)
  })

  it('R53: a wish needs every right that its device asks for, so that none is had by a detour', async () => {
    await rawDevice(outside, { class: 'lock', prefix: 'door' })
    await rawDevice(outside, { class: 'safe', prefix: 'safe' })
    const desired = { open: true }
    assert.equal((await shadow('set', guest, { device: 'lamp', desired }))[0], 50)
    assert.equal((await shadow('set', guest, { device: 'door', desired }))[0], 50)
    assert.equal((await shadow('set', guest, { device: 'safe', desired }))[4], notAuthorized)
    assert.equal((await shadow('set', stranger, { device: 'lamp', desired }))[4], notAuthorized)
    await outside.manage('capability.set', {
      device: 'door',
      uri: 'door.unlock',
      action: 'call',
      ecosystem: 'home',
      level: 2,
    })
    assert.equal((await shadow('set', guest, { device: 'door', desired }))[4], notAuthorized)
    assert.equal((await shadow('get', guest, { device: 'door' }))[0], 50)
    await outside.manage('capability.set', {
      device: 'door',
      uri: 'door.shadow.set',
      action: 'call',
      ecosystem: 'home',
      level: 3,
    })
    assert.equal((await shadow('set', guest, { device: 'door', desired }))[0], 50)
  })

  it('R53: only the device says what it is like, and only about itself', async () => {
    const door = await rawDevice(outside, { class: 'lock', prefix: 'door' })
    const about = { device: 'lamp', reported: { on: 'stolen' } }
    assert.equal((await shadow('report', door.client, about))[4], notAuthorized)
    assert.equal((await shadow('report', owner, about))[4], notAuthorized)
    assert.equal(
      (await shadow('set', door.client, { device: 'lamp', desired: {} }))[4],
      notAuthorized,
    )
  })

  it('R53: a gateway hears the wishes for its children, and says what they are like', async () => {
    await outside.manage('device.add_child', { gateway: 'lamp', class: 'light', prefix: 'bulb' })
    resultOf(await wish({ on: true }, { device: 'bulb' }))
    const { events } = attend(lamp.client)
    assert.equal(await subscribing(lamp.client, onDesired), 'SUBSCRIBED')
    await lamp.client.settle()
    assert.equal(partOf(events[0], 5)['device'], 'bulb')
    const taken = { device: 'bulb', reported: { on: true }, version: 1 }
    assert.equal(resultOf(await shadow('report', lamp.client, taken))['delivered_version'], 1)
  })
})
