import assert from 'node:assert/strict'
import { JoinAborted, startOutside, type Answer, type Outside } from '../support/outside.ts'
import {
  attend,
  joinByKey,
  publishing,
  rawDevice,
  registering,
  subscribing,
  type RawDevice,
} from '../support/raw-device.ts'
import type { WampClient, Wire } from '../support/wamp-client.ts'

const notAuthorized = 'wamp.error.not_authorized'
const onQuarantine = 'latchkey.device.on_quarantine'

describe('R24 machines are principals', () => {
  let outside: Outside
  let thermostat: RawDevice
  let washer: RawDevice
  let lamp: RawDevice
  let owner: WampClient
  let guest: WampClient

  beforeEach(async () => {
    outside = await startOutside({ ecosystems: [{ id: 'home' }, { id: 'next' }] })
    for (const id of ['owner', 'guest', 'neighbour']) await outside.person(id)
    await outside.grant('owner', 1)
    await outside.grant('guest', 3)
    await outside.grant('neighbour', 1, { ecosystem: 'next' })
    thermostat = await rawDevice(outside, { class: 'sensor', prefix: 'thermostat' })
    washer = await rawDevice(outside, { class: 'light', prefix: 'dishwasher' })
    lamp = await rawDevice(outside, { class: 'light', prefix: 'lamp' })
    owner = await outside.join(await outside.token(0, 'owner'))
    guest = await outside.join(await outside.token(0, 'guest'))
    for (const { client, prefix } of [washer, lamp])
      assert.equal(await registering(client, `${prefix}.switch`), 'REGISTERED')
  })
  afterEach(() => outside.stop())

  const start = (client: WampClient): Promise<string> =>
    outside.outcome(client, 'dishwasher.switch')

  it('R24: the thermostat calls the dishwasher with a grant, and not without', async () => {
    attend(washer.client)
    assert.equal(await start(thermostat.client), notAuthorized)
    const id = await outside.grant('device:thermostat', 3)
    assert.equal(await start(thermostat.client), 'RESULT')
    await outside.manage('grant.revoke', { id })
    assert.equal(await start(thermostat.client), notAuthorized)
  })

  it('R24: quarantined, its and only its traffic stops within 100 ms; calls to it are answered', async () => {
    await outside.grant('device:dishwasher', 3)
    attend(lamp.client)
    const asked = new Promise<void>((resolve) => {
      washer.client.intercept = (message: Wire) => {
        if (message[0] === 68) resolve()
        return message[0] === 68
      }
    })
    assert.equal(await subscribing(guest, 'dishwasher.on_change'), 'SUBSCRIBED')
    const pending = start(guest)
    await asked
    const { closed } = washer.client
    const quarantinedAt = performance.now()
    await outside.manage('device.quarantine', { device: 'dishwasher', reason: 'breach' })
    assert.equal(await pending, 'wamp.error.canceled')
    await closed
    assert.ok(performance.now() - quarantinedAt < 100)
    assert.equal(await start(guest), notAuthorized)
    assert.equal(await start(owner), notAuthorized)
    await assert.rejects(
      joinByKey(outside, washer.key),
      (error) =>
        error instanceof JoinAborted && error.reason === 'wamp.error.authentication_denied',
    )
    assert.equal(await outside.outcome(guest, 'lamp.switch'), 'RESULT')
    assert.equal(await publishing(thermostat.client, 'thermostat.on_change'), 'PUBLISHED')
    assert.equal(await subscribing(thermostat.client, 'thermostat.wish'), 'SUBSCRIBED')
  })

  it('R24: it is told to the owners, with the reason, and to who has to do with it; to nobody else', async () => {
    const neighbour = await outside.join(await outside.token(0, 'neighbour'))
    const next = await rawDevice(outside, { class: 'light', prefix: 'far', ecosystem: 'next' })
    const listeners = [owner, guest, lamp.client, neighbour, next.client]
    const heard = listeners.map((client) => attend(client).events)
    for (const client of listeners)
      assert.equal(await subscribing(client, onQuarantine), 'SUBSCRIBED')
    const kwargs = { device: 'dishwasher', reason: 'breach' }
    assert.equal(await outside.outcome(owner, 'latchkey.device.quarantine', [], kwargs), 'RESULT')
    await new Promise((resolve) => setTimeout(resolve, 30))
    for (const client of listeners) await client.settle()
    const told = heard.map((events) =>
      events.map((event) => {
        const { device, reason } = event[5] as Answer
        return [device, reason]
      }),
    )
    const bare = [['dishwasher', undefined]]
    assert.deepEqual(told, [[['dishwasher', 'breach']], bare, bare, [], []])
  })

  it('R24: a safe that guests cannot use is no news for them', async () => {
    await rawDevice(outside, { class: 'safe', prefix: 'safe' })
    const { events } = attend(guest)
    assert.equal(await subscribing(guest, onQuarantine), 'SUBSCRIBED')
    await outside.manage('device.quarantine', { device: 'safe' })
    await new Promise((resolve) => setTimeout(resolve, 30))
    await guest.settle()
    assert.deepEqual(events, [])
  })

  it('R24: what it was delegated falls with it and does not come back; all else does when it is released', async () => {
    attend(lamp.client)
    const kwargs = { device: 'dishwasher', scopes: ['dishwasher'], ttl: '1h' }
    assert.equal(await outside.outcome(guest, 'latchkey.device.delegate', [], kwargs), 'RESULT')
    const named = { _on_behalf_of: 'guest' }
    const topic = 'dishwasher.on_change'
    assert.equal(await publishing(washer.client, topic, [], named), 'PUBLISHED')
    await outside.manage('device.quarantine', { device: 'dishwasher' })
    await outside.manage('device.release', { device: 'dishwasher' })
    const back = await joinByKey(outside, washer.key)
    assert.equal(await registering(back, 'dishwasher.switch'), 'REGISTERED')
    attend(back)
    assert.equal(await start(guest), 'RESULT')
    assert.equal(await publishing(back, topic, [], named), notAuthorized)
    assert.equal(await publishing(back, topic), 'PUBLISHED')
  })
})
