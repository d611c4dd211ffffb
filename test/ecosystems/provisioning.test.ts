import assert from 'node:assert/strict'
import { freshKey, House, refuses } from './house.ts'

const order = { realm: 'home', ecosystems: ['home'], class: 'light', count: 1, by: 'x:y' }

describe('provisioning', () => {
  let house: House

  beforeEach(async () => {
    house = await House.open()
  })

  it('makes codes of 160 random bits, all different', async () => {
    const codes = await house.ecosystems.provisioning.create({ ...order, count: 1_000 })
    assert.equal(new Set(codes).size, 1_000)
    for (const code of codes) assert.match(code, /^lk_[a-z2-7]{32}$/)
  })

  it('keeps no code, only what it would hash to', async () => {
    const code = await house.code()
    const kept = JSON.stringify(await house.store.load())
    assert.ok(!kept.includes(code))
    assert.ok(!kept.includes(code.slice(3)))
    assert.match((await house.store.load()).codes[0]?.hash ?? '', /^[0-9a-f]{64}$/)
  })

  it('knows a code until it is used or a day has gone by', async () => {
    const { provisioning, devices } = house.ecosystems
    const [used, left] = [await house.code(), await house.code()]
    assert.equal(provisioning.check(used)?.class, 'light')
    assert.equal(provisioning.check(`${used}x`), undefined)
    await devices.enrol({ code: used, publicKey: freshKey() })
    assert.equal(provisioning.check(used), undefined)
    house.clock.advance(24 * 3_600_000 - 1)
    assert.ok(provisioning.check(left) !== undefined)
    house.clock.advance(1)
    assert.equal(provisioning.check(left), undefined)
  })

  it('knows a code no more when whoever ordered it has lost the right to, for as long', async () => {
    const { provisioning, devices, grants, directory, people } = house.ecosystems
    await directory.create({ id: 'car', realm: 'home' })
    await house.person('owner')
    const { id } = await house.grant('owner', 1)
    await house.grant('owner', 1, { ecosystem: 'car' })
    const ecosystems = ['home', 'car']
    const [code = ''] = await provisioning.create({ ...order, ecosystems, by: 'person:owner' })
    const [alone = ''] = await provisioning.create({ ...order, by: 'person:owner' })
    await grants.suspend(id)
    assert.equal(provisioning.check(alone), undefined)
    await refuses(devices.enrol({ code: alone, publicKey: freshKey() }), 'not_found')
    assert.deepEqual(provisioning.check(code)?.ecosystems, ['car'])
    assert.deepEqual((await devices.enrol({ code, publicKey: freshKey() })).ecosystems, ['car'])
    await grants.lift(id)
    assert.deepEqual(provisioning.check(alone)?.ecosystems, ['home'])
    await people.disable('owner')
    assert.equal(provisioning.check(alone), undefined)
  })

  it('knows no code that somebody ordered since a moment, when that was somebody else', async () => {
    const { provisioning, panics, devices } = house.ecosystems
    await house.person('owner')
    await house.grant('owner', 1)
    const [kept = ''] = await provisioning.create({ ...order, by: 'person:owner' })
    house.clock.advance(1)
    const [code = ''] = await provisioning.create({ ...order, by: 'person:owner' })
    const cut = panics.panic({ person: 'owner', since: house.clock.now() })
    assert.equal(provisioning.check(code), undefined)
    await cut
    const { provisioning: again } = await house.restarted()
    assert.deepEqual([again.check(code), again.check(kept)?.class], [undefined, 'light'])
    await refuses(devices.enrol({ code, publicKey: freshKey() }), 'not_found')
  })

  it('has the store told again of codes that were ended while it failed', async () => {
    const { provisioning, panics } = house.ecosystems
    await house.person('owner')
    await house.grant('owner', 1)
    const [code = ''] = await provisioning.create({ ...order, by: 'person:owner' })
    house.store.broken = true
    await refuses(panics.panic({ person: 'owner', since: 0 }), 'unavailable')
    assert.equal(provisioning.check(code), undefined)
    house.store.broken = false
    await panics.panic({ person: 'owner', since: 0 })
    assert.equal((await house.restarted()).provisioning.check(code), undefined)
  })

  it('knows its codes after a restart', async () => {
    const code = await house.code({ prefix: 'hall.lamp', ttlMs: 5_000 })
    const row = (await house.restarted()).provisioning.check(code)
    assert.deepEqual(row, house.ecosystems.provisioning.check(code))
    assert.equal(row?.expiresAt, house.clock.now() + 5_000)
    assert.equal(row?.prefix, 'hall.lamp')
  })

  it('refuses what cannot become a device', async () => {
    const { provisioning, directory } = house.ecosystems
    await directory.create({ id: 'far', realm: 'away' })
    await house.device('lamp')
    await refuses(provisioning.create({ ...order, class: 'x' }), 'not_found', /no class "x"/)
    await refuses(provisioning.create({ ...order, ecosystems: ['x'] }), 'not_found')
    await refuses(
      provisioning.create({ ...order, ecosystems: ['far'] }),
      'invalid_argument',
      /ecosystems: found "far", allowed is an ecosystem of realm home/,
    )
    await refuses(
      provisioning.create({ ...order, ecosystems: [], prefix: 'a' }),
      'invalid_argument',
      /prefix: found "a", allowed is none: whoever claims/,
    )
    await refuses(provisioning.create({ ...order, prefix: 'user.x' }), 'invalid_argument', /prefix/)
    await refuses(provisioning.create({ ...order, prefix: 'lamp.left' }), 'conflict', /overlaps/)
    await refuses(
      provisioning.create({ ...order, prefix: 'a', count: 2 }),
      'invalid_argument',
      /count: found 2, allowed is 1/,
    )
    await refuses(provisioning.create({ ...order, by: '' }), 'invalid_argument', /^by/)
    for (const ttlMs of [0, -1, 1.5, 400 * 24 * 3_600_000])
      await refuses(provisioning.create({ ...order, ttlMs }), 'invalid_argument', /codeTtlMs/)
  })

  it('makes so many codes at a time and no more', async () => {
    const { provisioning } = house.ecosystems
    for (const count of [0, -1, 1_001, 1.5])
      await refuses(provisioning.create({ ...order, count }), 'invalid_argument', /codesPerCall/)
  })

  it('has so many codes open and no more, until some are used or expire', async () => {
    house = await House.open({ bounds: { unredeemedCodes: 3 } })
    const { provisioning, devices } = house.ecosystems
    const [code] = await provisioning.create({ ...order, count: 3, ttlMs: 1_000 })
    await refuses(
      provisioning.create(order),
      'invalid_state',
      /unredeemedCodes: there are 3, which is the bound/,
    )
    await devices.enrol({ code: code ?? '', publicKey: freshKey() })
    await provisioning.create(order)
    await refuses(provisioning.create(order), 'invalid_state')
    house.clock.advance(1_000)
    await provisioning.create({ ...order, count: 2 })
  })

  it('hands out no code that was not stored', async () => {
    const { provisioning } = house.ecosystems
    house.store.broken = true
    await refuses(provisioning.create(order), 'unavailable', /disk is broken/)
    assert.deepEqual((await house.store.load()).codes, [])
  })
})
