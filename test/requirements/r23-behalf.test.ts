import assert from 'node:assert/strict'
import { ManualClock } from '../support/manual-clock.ts'
import { startOutside, type Answer, type Outside } from '../support/outside.ts'
import {
  attend,
  partOf,
  calling,
  publishing,
  rawDevice,
  registering,
  subscribing,
} from '../support/raw-device.ts'
import type { RawDevice } from '../support/raw-device.ts'
import type { WampClient } from '../support/wamp-client.ts'

const notAuthorized = 'wamp.error.not_authorized'
const forFriend = { _on_behalf_of: 'friend' }

describe('R23 a device acts for its user', () => {
  let outside: Outside
  let watch: RawDevice
  let friend: WampClient
  let topic: string
  const clock = new ManualClock()

  beforeEach(async () => {
    outside = await startOutside({ clock })
    for (const id of ['friend', 'guest']) await outside.person(id)
    await outside.grant('friend', 3)
    await outside.grant('guest', 3)
    watch = await rawDevice(outside, { class: 'sensor', prefix: 'watch' })
    friend = await outside.join(await outside.token(0, 'friend'))
    topic = 'watch.on_change'
  })
  afterEach(() => outside.stop())

  const delegate = async (client: WampClient = friend, more: object = {}): Promise<string> => {
    const kwargs = { device: 'watch', scopes: ['watch', 'user.friend.health'], ttl: '1h', ...more }
    const answer = await outside.call(client, 'latchkey.device.delegate', [], kwargs)
    return answer[0] === 50 ? (answer[3] as [{ id: string }])[0].id : String(answer[4])
  }

  it('R23: what is published by a delegation has person and device in its EVENT', async () => {
    const { events } = attend(friend)
    assert.equal(await subscribing(friend, topic), 'SUBSCRIBED')
    assert.equal(await publishing(watch.client, topic, [72], forFriend), notAuthorized)
    assert.match(await delegate(), /^da_/)
    assert.equal(await publishing(watch.client, topic, [72], forFriend), 'PUBLISHED')
    assert.equal(await publishing(watch.client, topic, [73]), 'PUBLISHED')
    await friend.settle()
    const [named, plain] = events.map((event) => event[3] as Answer)
    assert.equal(named?.['_on_behalf_of'], 'friend')
    assert.equal(named?.['publisher_authid'], 'watch')
    assert.equal(plain?.['publisher_authid'], 'watch')
    assert.equal(plain !== undefined && '_on_behalf_of' in plain, false)
  })

  it('R23: what is named after the person is open to it, within its scopes', async () => {
    const { events } = attend(friend)
    assert.equal(await subscribing(friend, 'user.friend.health.pulse'), 'SUBSCRIBED')
    await delegate()
    assert.equal(
      await publishing(watch.client, 'user.friend.health.pulse', [70], forFriend),
      'PUBLISHED',
    )
    assert.equal(await publishing(watch.client, 'user.friend.health.pulse', [70]), notAuthorized)
    assert.equal(
      await publishing(watch.client, 'user.friend.prefs', ['x'], forFriend),
      notAuthorized,
    )
    await friend.settle()
    assert.equal(events.length, 1)
  })

  it('R23: a call carries both, to whom the device may call by itself', async () => {
    const lamp = await rawDevice(outside, { class: 'light', prefix: 'lamp' })
    assert.equal(await registering(lamp.client, 'lamp.switch'), 'REGISTERED')
    const { invocations } = attend(lamp.client)
    await delegate(friend, { scopes: 'lamp' })
    // The friend's own grant is not lent.
    assert.equal(await calling(watch.client, 'lamp.switch', forFriend), notAuthorized)
    await outside.grant('device:watch', 3)
    assert.equal(await calling(watch.client, 'lamp.switch', forFriend), 'RESULT')
    const details = partOf(invocations[0], 3)
    assert.equal(details['_on_behalf_of'], 'friend')
    assert.equal(details['caller_authid'], 'watch')
  })

  it('R23: revoked, the very next message is refused; and so it is when its time is over', async () => {
    const id = await delegate()
    assert.equal(await publishing(watch.client, topic, [], forFriend), 'PUBLISHED')
    assert.equal(await outside.outcome(friend, 'latchkey.delegation.revoke', [], { id }), 'RESULT')
    assert.equal(await publishing(watch.client, topic, [], forFriend), notAuthorized)
    assert.equal(await publishing(watch.client, topic), 'PUBLISHED')
    await delegate()
    clock.advance(3_599_999)
    assert.equal(await publishing(watch.client, topic, [], forFriend), 'PUBLISHED')
    clock.advance(1)
    assert.equal(await publishing(watch.client, topic, [], forFriend), notAuthorized)
  })

  it('R23: a person who is disabled is named by nobody', async () => {
    await delegate()
    await outside.manage('person.disable', { person: 'friend' })
    assert.equal(await publishing(watch.client, topic, [], forFriend), notAuthorized)
    assert.equal(await publishing(watch.client, topic), 'PUBLISHED')
  })

  it('R23: without a delegation nobody is named, nor by another device, nor by a person', async () => {
    await delegate()
    assert.equal(
      await publishing(watch.client, topic, [], { _on_behalf_of: 'guest' }),
      notAuthorized,
    )
    const lamp = await rawDevice(outside, { class: 'light', prefix: 'lamp' })
    assert.equal(await publishing(lamp.client, 'lamp.on_change', [], forFriend), notAuthorized)
    assert.equal(await calling(friend, 'watch.state', { _on_behalf_of: 'guest' }), notAuthorized)
  })

  it('R23: where an ecosystem keeps names from its devices, none goes round by a delegation', async () => {
    await delegate()
    await outside.manage('ecosystem.set', { id: 'home', pseudonyms: true })
    assert.equal(await publishing(watch.client, topic, [], forFriend), notAuthorized)
  })

  it('R23: one delegates oneself only, to devices that one may use, and sees and ends what there is', async () => {
    const guest = await outside.join(await outside.token(0, 'guest'))
    assert.equal(await delegate(guest, { person: 'friend' }), notAuthorized)
    await rawDevice(outside, { class: 'safe', prefix: 'safe' })
    for (const device of ['safe', 'nothing'])
      assert.equal(await delegate(guest, { device }), notAuthorized)
    assert.equal(await delegate(watch.client), notAuthorized)
    const id = await delegate()
    const listed = async (client: WampClient): Promise<unknown[]> => {
      const answer = await outside.call(client, 'latchkey.delegation.list')
      return (answer[3] as [{ delegations: { id: string }[] }])[0].delegations.map(
        (each) => each.id,
      )
    }
    assert.deepEqual(await listed(friend), [id])
    assert.deepEqual(await listed(watch.client), [id])
    assert.deepEqual(await listed(guest), [])
    assert.equal(
      await outside.outcome(guest, 'latchkey.delegation.revoke', [], { id }),
      notAuthorized,
    )
  })
})
