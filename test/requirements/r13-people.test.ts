import assert from 'node:assert/strict'
import { startOutside, type Outside } from '../support/outside.ts'
import { attend, rawDevice, registering, subscribing } from '../support/raw-device.ts'
import type { RawDevice } from '../support/raw-device.ts'
import type { WampClient } from '../support/wamp-client.ts'

const notAuthorized = 'wamp.error.not_authorized'
const prefs = 'user.friend.prefs.light'
const enter = 'latchkey.presence.enter'

describe('R13 people have daemons, too', () => {
  let outside: Outside
  let house: RawDevice
  let friend: WampClient
  let guest: WampClient

  beforeEach(async () => {
    outside = await startOutside({ ecosystems: [{ id: 'home' }, { id: 'next' }] })
    for (const id of ['friend', 'guest', 'stranger']) await outside.person(id)
    await outside.grant('friend', 3)
    await outside.grant('guest', 3)
    house = await rawDevice(outside, { class: 'sensor' })
    friend = await outside.join(await outside.token(0, 'friend'))
    guest = await outside.join(await outside.token(0, 'guest'))
  })
  afterEach(() => outside.stop())

  it('R13: the house reads user.friend.prefs.light after a grant of the friend, and not without', async () => {
    assert.equal(await registering(friend, prefs), 'REGISTERED')
    assert.equal(await outside.outcome(house.client, prefs), notAuthorized)
    const granted = await outside.call(friend, 'latchkey.grant.create', [], {
      to: `device:${house.id}`,
      uri: 'user.friend.prefs.',
    })
    assert.equal(granted[0], 50, JSON.stringify(granted))
    attend(friend)
    assert.equal(await outside.outcome(house.client, prefs), 'RESULT')
    assert.equal(await outside.outcome(house.client, 'user.friend.diary'), notAuthorized)
    const { id } = (granted[3] as [{ id: string }])[0]
    assert.equal(await outside.outcome(friend, 'latchkey.grant.revoke', [], { id }), 'RESULT')
    assert.equal(await outside.outcome(house.client, prefs), notAuthorized)
  })

  it('R13: nobody else registers that URI', async () => {
    assert.equal(await registering(guest, prefs), notAuthorized)
    assert.equal(await registering(house.client, prefs), notAuthorized)
    assert.equal(await registering(friend, prefs), 'REGISTERED')
  })

  it('R13: who enters is told to the devices of that ecosystem only', async () => {
    const next = await rawDevice(outside, { class: 'sensor', ecosystem: 'next' })
    const listeners = [house.client, next.client, guest]
    const heard = listeners.map((client) => attend(client).events)
    for (const client of listeners)
      assert.equal(await subscribing(client, 'latchkey.presence.on_enter'), 'SUBSCRIBED')
    assert.equal(await outside.outcome(friend, enter, [], { ecosystem: 'home' }), 'RESULT')
    for (const client of listeners) await client.settle()
    assert.deepEqual(
      heard.map((events) => events.map((event) => (event[5] as { person: string }).person)),
      [['friend'], [], []],
    )
  })

  it('R13: who has nothing there has not come, and neither have devices', async () => {
    assert.equal(await outside.outcome(friend, enter, [], { ecosystem: 'next' }), notAuthorized)
    assert.equal(await outside.outcome(friend, enter, [], { ecosystem: 'x' }), notAuthorized)
    const stranger = await outside.join(await outside.token(0, 'stranger'))
    assert.equal(await outside.outcome(stranger, enter, [], { ecosystem: 'home' }), notAuthorized)
    assert.equal(
      await outside.outcome(house.client, enter, [], { ecosystem: 'home' }),
      notAuthorized,
    )
  })
})
