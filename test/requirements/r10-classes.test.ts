import assert from 'node:assert/strict'
import { startOutside, type Outside } from '../support/outside.ts'
import {
  attend,
  boardKey,
  codeFor,
  enrolBy,
  joinByKey,
  publicHex,
  registering,
} from '../support/raw-device.ts'
import type { WampClient } from '../support/wamp-client.ts'

const denied = 'wamp.error.not_authorized'

describe('R10 what a device is enrolled as', () => {
  let outside: Outside
  let owner: WampClient
  let friend: WampClient
  let guest: WampClient
  /** Of the device that was claimed last. */
  let id: string

  before(async () => {
    outside = await startOutside()
    const join = async (name: string, level: number): Promise<WampClient> => {
      await outside.person(name)
      await outside.grant(name, level)
      return outside.join(await outside.token(0, name))
    }
    owner = await join('owner', 1)
    friend = await join('friend', 2)
    guest = await join('guest', 3)
  })

  after(() => outside.stop())

  /** A device that was bought, and that the owner claims as something. */
  async function claimedAs(deviceClass: string): Promise<WampClient> {
    const key = boardKey()
    const code = await codeFor(outside, { class: 'sensor', ecosystem: null })
    const enrolled = await enrolBy(outside, code, { public_key: publicHex(key) })
    const claimCode = enrolled['claim_code']
    id = String(enrolled['id'])
    const device = await joinByKey(outside, key)
    const input = { claim_code: claimCode, ecosystem: 'home', class: deviceClass }
    assert.equal(await outside.outcome(owner, 'latchkey.device.claim', [], input), 'RESULT')
    return device
  }

  const outcomes = async (uri: string): Promise<string[]> =>
    Promise.all([owner, friend, guest].map((client) => outside.outcome(client, uri)))

  it('R10: this camera as a security device: prefix, verbs and levels are those of what watches over the house', async () => {
    const camera = await claimedAs('security_device')
    assert.equal(await registering(camera, 'security1.arm'), 'REGISTERED')
    assert.equal(await registering(camera, 'security1.disarm'), 'REGISTERED')
    assert.equal(await registering(camera, 'sensor1.state'), denied)
    attend(camera)
    assert.deepEqual(await outcomes('security1.arm'), ['RESULT', 'RESULT', denied])
    assert.deepEqual(await outcomes('security1.disarm'), ['RESULT', denied, denied])
  })

  it('R10: this chair as furniture: guests may use it', async () => {
    const chair = await claimedAs('furniture')
    assert.equal(await registering(chair, 'furniture1.adjust'), 'REGISTERED')
    attend(chair)
    assert.deepEqual(await outcomes('furniture1.adjust'), ['RESULT', 'RESULT', 'RESULT'])
    // What its class does not name, nobody may do, whatever the device offers.
    assert.equal(await registering(chair, 'furniture1.explode'), 'REGISTERED')
    assert.deepEqual(await outcomes('furniture1.explode'), [denied, denied, denied])
  })

  it('R10: a class of the operator’s own brings prefix, verbs, levels and conditions', async () => {
    await outside.manage('class.create', {
      id: 'vault',
      prefix: 'vault',
      capabilities: [
        { verb: 'state', action: 'call', level: 2 },
        { verb: 'open', action: 'call', level: 2, acr: 'aal2' },
      ],
    })
    const vault = await claimedAs('vault')
    for (const verb of ['state', 'open'])
      assert.equal(await registering(vault, `vault1.${verb}`), 'REGISTERED')
    attend(vault)
    assert.deepEqual(await outcomes('vault1.state'), ['RESULT', 'RESULT', denied])
    const cured = 'wamp.error.authorization_required'
    assert.deepEqual(await outcomes('vault1.open'), [cured, cured, denied])
  })

  it('R10: the owner’s word goes before the class’s, and what it leaves out stays as it was', async () => {
    const set = (input: Record<string, unknown>): Promise<unknown> =>
      outside.manage('capability.set', {
        device: id,
        uri: 'vault1.open',
        action: 'call',
        ecosystem: 'home',
        ...input,
      })
    const cured = 'wamp.error.authorization_required'
    await set({ level: 3 })
    assert.deepEqual(await outcomes('vault1.open'), [cured, cured, cured])
    await set({ level: 3, acr: 'none' })
    assert.deepEqual(await outcomes('vault1.open'), ['RESULT', 'RESULT', 'RESULT'])
    await set({ level: 1 })
    assert.deepEqual(await outcomes('vault1.open'), ['RESULT', denied, denied])
  })
})
