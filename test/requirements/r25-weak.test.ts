import assert from 'node:assert/strict'
import { JoinAborted, startOutside, type Answer, type Outside } from '../support/outside.ts'
import {
  attend,
  partOf,
  calling,
  codeFor,
  enrolBy,
  joinBySecret,
  publishing,
  rawDevice,
  registering,
  subscribing,
} from '../support/raw-device.ts'
import type { WampClient } from '../support/wamp-client.ts'

const notAuthorized = 'wamp.error.not_authorized'

describe('R25 weak nodes', () => {
  let outside: Outside
  let owner: WampClient

  beforeEach(async () => {
    outside = await startOutside({ authmethods: ['ticket', 'cryptosign', 'wampcra'] })
    await outside.person('owner')
    await outside.grant('owner', 1)
    owner = await outside.join(await outside.token(0, 'owner'))
  })
  afterEach(() => outside.stop())

  /** Enrols a device that shares a secret with the house, and joins as it. */
  const weak = async (
    deviceClass: string,
    prefix: string,
  ): Promise<{ client: WampClient; secret: string; enrolled: Answer }> => {
    const code = await codeFor(outside, { class: deviceClass, prefix })
    const enrolled = await enrolBy(outside, code, { secret: true })
    const secret = String(enrolled['secret'])
    return { client: await joinBySecret(outside, String(enrolled['id']), secret), secret, enrolled }
  }

  it('R25: a device without a key joins by a secret of its own; nobody joins by a wrong one', async () => {
    const { client, secret } = await weak('sensor', 'probe')
    assert.equal(await registering(client, 'probe.state'), 'REGISTERED')
    attend(client)
    assert.equal(await outside.outcome(owner, 'probe.state'), 'RESULT')
    for (const [name, proof] of [
      ['probe', `${secret}x`],
      ['nobody', secret],
    ] as const)
      await assert.rejects(
        joinBySecret(outside, name, proof),
        (error) =>
          error instanceof JoinAborted && error.reason === 'wamp.error.authentication_denied',
      )
    await outside.manage('device.quarantine', { device: 'probe' })
    await assert.rejects(joinBySecret(outside, 'probe', secret), JoinAborted)
  })

  it('R25: on a level-1 URI it is refused, whatever it was granted: calling it, and offering it', async () => {
    const safe = await rawDevice(outside, { class: 'safe', prefix: 'safe' })
    const lamp = await rawDevice(outside, { class: 'light', prefix: 'lamp' })
    assert.equal(await registering(safe.client, 'safe.open'), 'REGISTERED')
    assert.equal(await registering(lamp.client, 'lamp.switch'), 'REGISTERED')
    attend(safe.client)
    attend(lamp.client)
    const { client } = await weak('safe', 'box')
    await outside.grant('device:box', 1)
    assert.equal(await outside.outcome(client, 'lamp.switch'), 'RESULT')
    assert.equal(await outside.outcome(client, 'safe.open'), notAuthorized)
    assert.equal(await registering(client, 'box.open'), notAuthorized)
    assert.equal(await publishing(client, 'box.on_change'), notAuthorized)
    assert.equal(await registering(client, 'box.temperature'), 'REGISTERED')
    // The same grant with a key is good for it.
    const strong = await rawDevice(outside, { class: 'sensor', prefix: 'hub' })
    await outside.grant('device:hub', 1)
    assert.equal(await outside.outcome(strong.client, 'safe.open'), 'RESULT')
  })

  it('R25: a gateway speaks for its children: registers, publishes, calls; nobody else does', async () => {
    const hub = await rawDevice(outside, { class: 'sensor', prefix: 'hub' })
    const lamp = await rawDevice(outside, { class: 'light', prefix: 'lamp' })
    assert.equal(await registering(hub.client, 'tag1.state'), notAuthorized)
    const child = await outside.manage('device.add_child', {
      gateway: 'hub',
      class: 'sensor',
      prefix: 'tag1',
    })
    assert.deepEqual([child['gateway'], child['online']], ['hub', true])
    assert.equal(await registering(lamp.client, 'tag1.state'), notAuthorized)
    assert.equal(await registering(hub.client, 'tag1.state'), 'REGISTERED')
    assert.equal(await registering(lamp.client, 'lamp.switch'), 'REGISTERED')
    const { invocations } = attend(lamp.client)
    attend(hub.client)
    assert.equal(await outside.outcome(owner, 'tag1.state'), 'RESULT')
    const { events } = attend(owner)
    assert.equal(await subscribing(owner, 'tag1.on_change'), 'SUBSCRIBED')
    const asChild = { _on_behalf_of: 'tag1' }
    assert.equal(await publishing(hub.client, 'tag1.on_change', [1], asChild), 'PUBLISHED')
    await owner.settle()
    const details = partOf(events[0], 3)
    assert.deepEqual(
      [details['publisher_authid'], details['_on_behalf_of']],
      ['hub', 'device:tag1'],
    )
    // The child's own grant counts, and not the gateway's.
    await outside.grant('device:hub', 3)
    assert.equal(await calling(hub.client, 'lamp.switch', asChild), notAuthorized)
    await outside.grant('device:tag1', 3)
    assert.equal(await calling(hub.client, 'lamp.switch', asChild), 'RESULT')
    assert.equal(partOf(invocations[0], 3)['_on_behalf_of'], 'device:tag1')
    assert.equal(await calling(lamp.client, 'lamp.switch', asChild), notAuthorized)
  })

  it('R25: a child never exceeds its gateway’s cap', async () => {
    const safe = await rawDevice(outside, { class: 'safe', prefix: 'safe' })
    assert.equal(await registering(safe.client, 'safe.open'), 'REGISTERED')
    attend(safe.client)
    const strong = await rawDevice(outside, { class: 'sensor', prefix: 'strong' })
    const { client } = await weak('sensor', 'hub')
    for (const [gateway, prefix] of [
      ['hub', 'tag1'],
      ['strong', 'tag2'],
    ] as const) {
      const order = { gateway, class: 'sensor', prefix, level: 1 }
      const child = await outside.manage('device.add_child', order)
      assert.equal(child['max_level'], gateway === 'hub' ? 3 : 1)
      await outside.grant(`device:${prefix}`, 1)
    }
    assert.equal(await calling(client, 'safe.open', { _on_behalf_of: 'tag1' }), notAuthorized)
    assert.equal(await calling(strong.client, 'safe.open', { _on_behalf_of: 'tag2' }), 'RESULT')
  })

  it('R25: a child that is cut off is cut off behind its gateway, which goes on; and falls with it', async () => {
    const hub = await rawDevice(outside, { class: 'sensor', prefix: 'hub' })
    for (const prefix of ['tag1', 'tag2'])
      await outside.manage('device.add_child', { gateway: 'hub', class: 'sensor', prefix })
    for (const uri of ['hub.state', 'tag1.state', 'tag2.state'])
      assert.equal(await registering(hub.client, uri), 'REGISTERED')
    attend(hub.client)
    await outside.manage('device.quarantine', { device: 'tag1' })
    assert.equal(await outside.outcome(owner, 'tag1.state'), notAuthorized)
    assert.equal(await publishing(hub.client, 'tag1.on_change'), notAuthorized)
    assert.equal(await outside.outcome(owner, 'tag2.state'), 'RESULT')
    assert.equal(await outside.outcome(owner, 'hub.state'), 'RESULT')
    await outside.manage('device.quarantine', { device: 'hub' })
    assert.equal(await outside.outcome(owner, 'tag2.state'), 'wamp.error.no_such_procedure')
  })
})
