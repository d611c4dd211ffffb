import assert from 'node:assert/strict'
import type { Fall } from '../../ecosystems/falls.ts'
import type { NewLocalIdentity } from '../../ecosystems/local-identities.ts'
import type { LocalIdentityRow } from '../../ecosystems/store/store.ts'
import { freshKey, House, issuer, refuses } from './house.ts'

describe('local identities', () => {
  let house: House
  beforeEach(async () => {
    house = await House.open()
    await house.person('guest')
    await house.device('door', { class: 'lock' })
  })

  const make = (more: Partial<NewLocalIdentity> = {}): Promise<LocalIdentityRow> =>
    house.ecosystems.locals.create({
      person: 'guest',
      ecosystem: 'home',
      means: { publicKey: freshKey() },
      maxLevel: 3,
      mode: 'idp_down',
      by: 'person:owner',
      ...more,
    })

  it('count while none of the person’s providers can be reached, or always', async () => {
    const { locals } = house.ecosystems
    const [down, always] = [await make(), await make({ mode: 'always' })]
    const unreachable = new Set<string>()
    const use = (row: LocalIdentityRow): unknown => locals.use(row, (each) => unreachable.has(each))
    assert.deepEqual(use(down), { allowed: false, reason: 'provider_can_be_reached' })
    assert.deepEqual(use(always), { allowed: true, fallback: false })
    unreachable.add(issuer)
    for (const row of [down, always]) assert.deepEqual(use(row), { allowed: true, fallback: true })
    const other = { issuer: 'https://other.test', subject: 'guest' }
    await house.ecosystems.links.link('guest', other)
    assert.deepEqual(use(down), { allowed: false, reason: 'provider_can_be_reached' })
    assert.deepEqual([...locals.issuers], [issuer, other.issuer])
  })

  it('stand on their person: unreachable revives nobody', async () => {
    const { locals, people, identities } = house.ecosystems
    const row = await make()
    await identities.disable({ issuer, subject: 'guest', reason: 'pushed' })
    const bar = { allowed: false, reason: 'identity_disabled' }
    assert.deepEqual(
      locals.use(row, () => true),
      bar,
    )
    const later = await house.restarted()
    assert.deepEqual(
      later.locals.use(row, () => true),
      bar,
    )
    await people.disable('guest')
    assert.deepEqual(
      locals.use(row, () => true),
      { allowed: false, reason: 'person_disabled' },
    )
  })

  it('are not made by an account that was shut out meanwhile; PINs of a lock one at a time', async () => {
    const means = { pin: '4711', device: 'door' }
    await refuses(make({ stands: () => false }), 'invalid_state', /shut out/)
    let stands = true
    const pin = make({ means, stands: () => stands })
    await refuses(make({ means }), 'rate_limited', /one PIN at a time/)
    stands = false
    await refuses(pin, 'invalid_state', /shut out/)
    assert.equal((await make({ means })).kind, 'pin')
  })

  it('are revoked at once and told of, whatever the store does', async () => {
    const { locals, people } = house.ecosystems
    const row = await make()
    const falls: Fall[] = []
    house.ecosystems.onFallen((fall) => falls.push(fall))
    house.store.broken = true
    await refuses(locals.revoke(row.id), 'unavailable')
    assert.equal(locals.get(row.id)?.status, 'revoked')
    assert.deepEqual(falls, [{ kind: 'local', id: row.id, reason: 'revoked' }])
    const local = { id: row.id, ecosystem: 'home', fallback: true }
    assert.equal(people.barred('guest', { local }), 'local_identity_revoked')
    house.store.broken = false
    await locals.revoke(row.id)
    assert.equal((await house.restarted()).locals.get(row.id)?.status, 'revoked')
    await refuses(locals.revoke('li_none'), 'not_found')
  })

  it('are made of keys that are nobody’s, and PINs at a lock of the ecosystem', async () => {
    const key = freshKey()
    await make({ means: { publicKey: key } })
    await refuses(make({ means: { publicKey: key } }), 'conflict', /key/)
    const { publicKey } = await house.device('lamp')
    await refuses(make({ means: { publicKey: publicKey ?? '' } }), 'conflict', /key/)
    await refuses(make({ means: { publicKey: '00'.repeat(32) } }), 'invalid_argument', /key/)
    await refuses(make({ means: { pin: '123', device: 'door' } }), 'invalid_argument', /pin/)
    await refuses(make({ means: { pin: '1234', device: 'none' } }), 'invalid_argument', /device/)
    await refuses(make({ person: 'nobody' }), 'not_found')
    await refuses(make({ ecosystem: 'car' }), 'not_found')
    await refuses(make({ maxLevel: 0 }), 'invalid_argument', /maxLevel/)
  })

  it('keep of a PIN what it cannot be read from', async () => {
    const row = await make({ means: { pin: '246810', device: 'door' } })
    assert.match(row.pin ?? '', /^scrypt\$16384\$8\$5\$/)
    assert.ok(!JSON.stringify(row).includes('246810'))
    const { locals } = house.ecosystems
    assert.equal((await locals.verify('door', '246810'))?.id, row.id)
    assert.equal((await locals.verify('door', '246810', 'guest'))?.id, row.id)
    assert.equal(await locals.verify('door', '246810', 'owner'), undefined)
    assert.equal(await locals.verify('door', '246811'), undefined)
    assert.equal(await locals.verify('lamp', '246810'), undefined)
  })

  it('are guessed at one at a time, and ever more slowly', async function () {
    this.timeout(20_000)
    house = await House.open({ bounds: { pinFailures: 2, pinLongestWaitMs: 60_000 } })
    await house.person('guest')
    await house.device('door', { class: 'lock' })
    await make({ means: { pin: '246810', device: 'door' } })
    const { locals } = house.ecosystems
    const wrong = (): Promise<unknown> => locals.verify('door', '0000')
    const first = wrong()
    await refuses(wrong(), 'rate_limited', /one PIN at a time/)
    await first
    await wrong()
    for (const waitMs of [30_000, 60_000, 60_000]) {
      await refuses(wrong(), 'rate_limited', new RegExp(`in ${waitMs} ms`))
      house.clock.advance(waitMs - 1)
      await refuses(wrong(), 'rate_limited', /in 1 ms/)
      house.clock.advance(1)
      await wrong()
    }
    // Forgotten one by one.
    house.clock.advance(6 * 600_000)
    await wrong()
    assert.notEqual(await locals.verify('door', '246810'), undefined)
  })

  it('are so many and no more', async () => {
    const bounds = { localIdentities: 3, localIdentitiesPerPerson: 2, pinsPerDevice: 1 }
    house = await House.open({ bounds })
    for (const id of ['guest', 'owner']) await house.person(id)
    await house.device('door', { class: 'lock' })
    const pin = (): Promise<LocalIdentityRow> => make({ means: { pin: '2468', device: 'door' } })
    await pin()
    await refuses(pin(), 'invalid_state', /pinsPerDevice/)
    await make()
    await refuses(make(), 'invalid_state', /localIdentitiesPerPerson/)
    await make({ person: 'owner' })
    await refuses(make({ person: 'owner' }), 'invalid_state', /localIdentities: there are 3/)
  })
})
