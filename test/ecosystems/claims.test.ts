import assert from 'node:assert/strict'
import { ClaimAttempts, claimHash, newClaimCode } from '../../ecosystems/claim-codes.ts'
import { newDeviceSecret } from '../../ecosystems/device-secret.ts'
import { RateLimited } from '../../ecosystems/errors.ts'
import type { DeviceRow } from '../../ecosystems/store/store.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { freshKey, House, refuses } from './house.ts'

describe('a device that nobody owns', () => {
  const claimCode = 'BCDF-GHJK'
  let house: House

  beforeEach(async () => {
    house = await House.open()
    await house.person('owner')
  })

  const newcomer = async (code = claimCode): Promise<DeviceRow> =>
    house.ecosystems.devices.enrol({
      code: await house.code({ ecosystems: [] }),
      publicKey: freshKey(),
      claimCode: code,
    })
  const claim = { claimCode, ecosystem: 'home', owner: 'owner', by: 'person:owner' }

  it("has a name that is in nobody's way, and only the hash of its claim code is kept", async () => {
    const device = await newcomer()
    const { status, ecosystems, owner, prefix, id } = device
    assert.deepEqual({ status, ecosystems, owner }, { status: 'new', ecosystems: [], owner: null })
    assert.match(prefix, /^lamp_[a-z2-7]{8}$/)
    assert.equal(id, prefix)
    assert.equal(device.claim, claimHash('bcdfghjk'))
    assert.equal(JSON.stringify(await house.store.load()).includes('BCDF'), false)
  })

  it('becomes what it is claimed as: class, name, owner, place', async () => {
    const { devices } = house.ecosystems
    const { id, prefix } = await newcomer()
    const [device, realm] = [devices.epochOf(id), devices.epochOfRealm('home')]
    const [before, beforeRealm] = [device.value, realm.value]
    const claimed = await devices.claim({ ...claim, class: 'lock', level: 2 })
    assert.deepEqual(
      [claimed.status, claimed.class, claimed.prefix, claimed.owner, claimed.maxLevel],
      ['active', 'lock', 'door1', 'owner', 2],
    )
    assert.deepEqual(claimed.ecosystems, ['home'])
    assert.equal(devices.owning('home', 'door1.unlock')?.id, id)
    assert.equal(devices.owning('home', `${prefix}.x`), undefined)
    assert.notEqual(device.value, before)
    assert.notEqual(realm.value, beforeRealm)
    assert.deepEqual((await house.restarted()).devices.get(id), claimed)
  })

  it('is claimed once: of two who come together one gets it, and later it is a conflict', async () => {
    const { devices } = house.ecosystems
    await newcomer()
    const results = await Promise.allSettled([
      devices.claim(claim),
      devices.claim({ ...claim, class: 'lock' }),
    ])
    assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    await refuses(devices.claim(claim), 'conflict', /has an owner already/)
    const again = await house.restarted()
    await refuses(again.devices.claim(claim), 'conflict')
  })

  it('is claimed by no other code, in no other realm, and under no name that is taken', async () => {
    const { devices, directory } = house.ecosystems
    await directory.create({ id: 'far', realm: 'away' })
    await house.device('lamp')
    await newcomer()
    await refuses(devices.claim({ ...claim, claimCode: 'BCDF-GHJL' }), 'not_found')
    await refuses(devices.claim({ ...claim, ecosystem: 'far' }), 'not_found', /claim code/)
    await refuses(devices.claim({ ...claim, ecosystem: 'x' }), 'not_found', /ecosystem/)
    await refuses(devices.claim({ ...claim, class: 'x' }), 'not_found', /class/)
    await refuses(devices.claim({ ...claim, prefix: 'lamp.left' }), 'conflict', /overlaps/)
    await refuses(devices.claim({ ...claim, level: 0 }), 'invalid_argument', /level/)
    assert.equal((await devices.claim(claim)).prefix, 'lamp1')
  })

  it('cannot be admitted past its claim, and is new again after a quarantine', async () => {
    const { devices } = house.ecosystems
    const { id } = await newcomer()
    await refuses(devices.admit(id, 'home'), 'invalid_state', /claimed/)
    await devices.quarantine(id, 'odd')
    await refuses(devices.claim(claim), 'invalid_state', /quarantined/)
    assert.equal((await devices.release(id)).status, 'new')
    assert.equal((await devices.claim(claim)).status, 'active')
  })

  it('can show another code, which makes the one before it worthless', async () => {
    const { devices } = house.ecosystems
    const { id } = await newcomer()
    const other = newClaimCode()
    await devices.renewClaim(id, other)
    await refuses(devices.claim(claim), 'not_found')
    assert.equal((await devices.claim({ ...claim, claimCode: other })).status, 'active')
    await refuses(devices.renewClaim(id, newClaimCode()), 'invalid_state', /has an owner/)
  })

  it('stays as it was when the claim cannot be stored', async () => {
    const { devices } = house.ecosystems
    const { id } = await newcomer()
    house.store.broken = true
    await refuses(devices.claim(claim), 'unavailable')
    assert.equal(devices.get(id)?.status, 'new')
    house.store.broken = false
    await devices.claim(claim)
  })

  it('is told of once it is claimed', async () => {
    const { devices } = house.ecosystems
    const heard: string[] = []
    const stop = devices.onChanged(({ kind, device }) => heard.push(`${kind} ${device.status}`))
    await newcomer()
    await devices.claim(claim)
    stop()
    assert.deepEqual(heard, ['claimed active'])
  })
})

describe('claim codes', () => {
  it('can be typed, and are read however they are typed', () => {
    const codes = new Set(Array.from({ length: 500 }, () => newClaimCode()))
    assert.equal(codes.size, 500)
    for (const code of codes)
      assert.match(code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
    assert.equal(claimHash('bcdf ghjk'), claimHash('BCDF-GHJK'))
    assert.notEqual(claimHash('BCDF-GHJK'), claimHash('BCDF-GHJL'))
  })

  it('can be tried a few times by each caller, and again after a while', () => {
    const clock = new ManualClock()
    const attempts = new ClaimAttempts(
      { claimAttempts: 2, claimWindowMs: 1_000, claimants: 10 },
      clock,
    )
    for (let i = 0; i < 2; i++) {
      attempts.check('a')
      attempts.failed('a')
    }
    assert.throws(
      () => attempts.check('a'),
      (error) => error instanceof RateLimited && error.retryAfterMs === 1_000,
    )
    attempts.check('b')
    clock.advance(1_000)
    attempts.check('a')
  })

  it('are looked at for nobody new while too many callers are counted', () => {
    const clock = new ManualClock()
    const attempts = new ClaimAttempts(
      { claimAttempts: 2, claimWindowMs: 1_000, claimants: 1 },
      clock,
    )
    attempts.failed('a')
    assert.throws(() => attempts.check('b'), /claimants/)
    clock.advance(1_000)
    attempts.check('b')
  })
})

describe('weak devices and gateways', () => {
  let house: House

  beforeEach(async () => {
    house = await House.open()
  })

  it('have a secret of which a salted key is kept, and level 3 at best', async () => {
    const { secret, kept } = await newDeviceSecret()
    const { devices } = house.ecosystems
    const device = await devices.enrol({ code: await house.code(), secret: kept })
    assert.deepEqual([device.publicKey, device.maxLevel], [null, 3])
    assert.deepEqual(device.secret, kept)
    assert.match(secret, /^[a-z2-7]{32}$/)
    assert.equal(JSON.stringify(await house.store.load()).includes(secret), false)
  })

  it('have a key or a secret, and not both or none', async () => {
    const { devices } = house.ecosystems
    const { kept } = await newDeviceSecret()
    await refuses(
      devices.enrol({ code: await house.code() }),
      'invalid_argument',
      /a key or a secret/,
    )
    const both = { code: await house.code(), publicKey: freshKey(), secret: kept }
    await refuses(devices.enrol(both), 'invalid_argument')
  })

  it('with a secret are never good for level 1, whoever claims them', async () => {
    const { devices } = house.ecosystems
    const { kept } = await newDeviceSecret()
    const code = await house.code({ ecosystems: [] })
    await devices.enrol({ code, secret: kept, claimCode: 'BCDF-GHJK' })
    const claimed = await devices.claim({
      claimCode: 'BCDF-GHJK',
      ecosystem: 'home',
      level: 1,
      owner: null,
      by: 'operator:operator',
    })
    assert.equal(claimed.maxLevel, 2)
  })

  it('children have no proof of their own and never a better level than their gateway', async () => {
    const { devices } = house.ecosystems
    const { kept } = await newDeviceSecret()
    const hub = await devices.enrol({ code: await house.code({ prefix: 'hub' }), secret: kept })
    const child = await devices.addChild({
      gateway: hub.id,
      class: 'sensor',
      owner: null,
      level: 1,
    })
    assert.deepEqual(
      [child.publicKey, child.secret, child.gateway, child.maxLevel, child.prefix],
      [null, null, 'hub', 3, 'sensor1'],
    )
    assert.deepEqual(child.ecosystems, ['home'])
    assert.deepEqual(devices.childrenOf('hub'), [child])
    assert.equal(devices.capOf(child.id), 3)
    assert.deepEqual((await house.restarted()).devices.childrenOf('hub'), [child])
    await refuses(
      devices.addChild({ gateway: child.id, class: 'sensor', owner: null }),
      'invalid_state',
      /cannot speak for others/,
    )
    await refuses(devices.addChild({ gateway: 'x', class: 'sensor', owner: null }), 'not_found')
  })

  it('are so many behind one gateway and no more', async () => {
    house = await House.open({ bounds: { childrenPerGateway: 1 } })
    const { devices } = house.ecosystems
    await house.device('hub')
    await devices.addChild({ gateway: 'hub', class: 'sensor', owner: null })
    await refuses(
      devices.addChild({ gateway: 'hub', class: 'sensor', owner: null }),
      'invalid_state',
      /childrenPerGateway of hub/,
    )
  })
})
