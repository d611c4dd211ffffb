import assert from 'node:assert/strict'
import { ManualClock } from '../support/manual-clock.ts'
import { startOutside, type Outside } from '../support/outside.ts'
import {
  attend,
  boardKey,
  codeFor,
  enrolBy,
  joinByKey,
  publicHex,
  registering,
  subscribing,
} from '../support/raw-device.ts'
import type { WampClient } from '../support/wamp-client.ts'

const notAuthorized = 'wamp.error.not_authorized'

describe('R10 a bought device is claimed', () => {
  let outside: Outside
  let owner: WampClient
  let neighbour: WampClient
  let device: WampClient
  let claimCode: string
  let id: string
  const clock = new ManualClock()

  beforeEach(async () => {
    outside = await startOutside({ clock, ecosystems: [{ id: 'home' }, { id: 'next' }] })
    await outside.person('owner')
    await outside.person('neighbour')
    await outside.grant('owner', 1)
    await outside.grant('neighbour', 1, { ecosystem: 'next' })
    await outside.grant('neighbour', 2)
    owner = await outside.join(await outside.token(0, 'owner'))
    neighbour = await outside.join(await outside.token(0, 'neighbour'))
    const key = boardKey()
    const code = await codeFor(outside, { class: 'light', ecosystem: null })
    const enrolled = await enrolBy(outside, code, { public_key: publicHex(key) })
    claimCode = String(enrolled['claim_code'])
    id = String(enrolled['id'])
    device = await joinByKey(outside, key)
  })
  afterEach(() => outside.stop())

  const claim = (client: WampClient, kwargs: object = {}): Promise<string> =>
    outside.outcome(client, 'latchkey.device.claim', [], {
      claim_code: claimCode,
      ecosystem: 'home',
      ...kwargs,
    })

  it('R10: unclaimed it registers lamp.switch and is refused; claimed as a light it is taken, on the same session', async () => {
    assert.match(claimCode, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
    assert.equal(await registering(device, 'lamp.switch'), notAuthorized)
    assert.equal(await registering(device, `${id}.switch`), notAuthorized)
    assert.equal(await claim(owner, { class: 'light', prefix: 'lamp' }), 'RESULT')
    assert.equal(await registering(device, 'lamp.switch'), 'REGISTERED')
    const { invocations } = attend(device)
    assert.equal(await outside.outcome(owner, 'lamp.switch', [true]), 'RESULT')
    assert.equal(invocations.length, 1)
  })

  it('R10: the class supplies prefix, verbs and default levels', async () => {
    assert.equal(await claim(owner, { class: 'lock' }), 'RESULT')
    assert.equal(await registering(device, 'door1.unlock'), 'REGISTERED')
    attend(device)
    await outside.person('guest')
    await outside.grant('guest', 3)
    const guest = await outside.join(await outside.token(0, 'guest'))
    assert.equal(await outside.outcome(guest, 'door1.unlock'), 'RESULT')
    assert.equal(await registering(device, `${id}.switch`), notAuthorized)
  })

  it('R10: a device that nobody owns is told that somebody does, and has to ask nothing else', async () => {
    const { events } = attend(device)
    assert.equal(await subscribing(device, 'latchkey.device.on_claimed'), 'SUBSCRIBED')
    for (const uri of ['latchkey.grant.create', 'latchkey.discovery.list', 'door1.unlock'])
      assert.equal(await outside.outcome(device, uri), notAuthorized, uri)
    assert.equal(await subscribing(device, 'lamp.on_change'), notAuthorized)
    assert.equal(await claim(owner), 'RESULT')
    await device.settle()
    assert.deepEqual(events[0]?.[5], { class: 'light', prefix: 'lamp1', ecosystems: ['home'] })
  })

  it('R10: claimed twice is a conflict', async () => {
    assert.equal(await claim(owner), 'RESULT')
    assert.equal(await claim(owner), 'latchkey.error.conflict')
    assert.equal(await claim(neighbour, { ecosystem: 'next' }), 'latchkey.error.conflict')
  })

  it('R10: who does not own the ecosystem cannot claim for it, whether or not the code is good', async () => {
    assert.equal(await claim(neighbour), notAuthorized)
    assert.equal(await claim(neighbour, { claim_code: 'BBBB-BBBB' }), notAuthorized)
    assert.equal(await claim(device), notAuthorized)
    assert.equal(await claim(owner), 'RESULT')
  })

  it('R10: codes cannot be guessed: after ten wrong ones none is looked at for a while', async () => {
    for (let i = 0; i < 10; i++)
      assert.equal(
        await claim(owner, { claim_code: `BBBB-BBB${'BCDFGHJKLM'[i]}` }),
        'latchkey.error.not_found',
      )
    const limited = await outside.call(owner, 'latchkey.device.claim', [], {
      claim_code: claimCode,
      ecosystem: 'home',
    })
    assert.equal(limited[4], 'latchkey.error.rate_limited')
    assert.deepEqual(limited[6], { retry_after_ms: 600_000 })
    clock.advance(600_000)
    assert.equal(await claim(owner), 'RESULT')
  })

  it('R10: one device may sit in several ecosystems', async () => {
    assert.equal(await claim(owner), 'RESULT')
    const both = await outside.manage('device.admit', { device: id, ecosystem: 'next' })
    assert.deepEqual(both['ecosystems'], ['home', 'next'])
  })
})
