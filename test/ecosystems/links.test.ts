import assert from 'node:assert/strict'
import { House, issuer, refuses } from './house.ts'

const other = { issuer: 'https://other.test', subject: 'ali' }

describe('links of identities', () => {
  let house: House
  beforeEach(async () => {
    house = await House.open()
    await house.person('alice')
  })

  it('begin with a ticket that is good once, for its person and session, for five minutes', () => {
    const { links } = house.ecosystems
    const first = links.start('alice', 1)
    assert.equal(links.take(first.ticket, 'mallory', 1), undefined)
    assert.equal(links.take(first.ticket, 'alice', 2), undefined)
    assert.equal(links.take(first.ticket, 'alice', 1), first)
    assert.equal(links.take(first.ticket, 'alice', 1), undefined)
    const [second, third] = [links.start('alice', 1), links.start('alice', 1)]
    assert.equal(links.take(second.ticket, 'alice', 1), undefined)
    house.clock.advance(300_000)
    assert.equal(links.take(third.ticket, 'alice', 1), undefined)
  })

  it('are so many and no more', async () => {
    house = await House.open({ bounds: { links: 1, identitiesPerPerson: 1 } })
    await house.person('alice')
    const { links } = house.ecosystems
    links.start('alice', 1)
    assert.throws(() => links.start('ben', 2), /links: there are 1/)
    house.clock.advance(300_000)
    links.start('ben', 2)
    await refuses(links.link('alice', other), 'invalid_state', /identitiesPerPerson/)
  })

  it('are not made for an account that was shut out while it waited', async () => {
    const { links, people } = house.ecosystems
    void house.store.hold()
    const before = people.create({ id: 'ben', name: 'ben', issuer, subject: 'ben' })
    let stands = true
    const link = links.link('alice', other, () => stands)
    stands = false
    house.store.release()
    await before
    await refuses(link, 'invalid_state', /shut out/)
    assert.equal(people.byIdentity(other.issuer, other.subject), undefined)
  })

  it('work when they are stored, and not when that fails', async () => {
    const { links, people } = house.ecosystems
    const former = await people.admit(other)
    house.store.broken = true
    await refuses(links.link('alice', other), 'unavailable')
    assert.equal(people.byIdentity(other.issuer, other.subject)?.id, former.id)
    assert.equal(people.get(former.id)?.status, 'active')
    house.store.broken = false
    assert.equal((await links.link('alice', other)).changed, true)
    assert.equal((await links.link('alice', other)).changed, false)
    for (const domain of [house.ecosystems, await house.restarted()]) {
      assert.equal(domain.people.byIdentity(other.issuer, other.subject)?.id, 'alice')
      assert.equal(domain.people.get(former.id)?.status, 'disabled')
      assert.equal(domain.people.barred(former.id, { identity: other }), 'person_disabled')
      assert.equal(domain.people.barred('alice', { identity: other }), undefined)
    }
  })

  it('hand nothing over: whoever has something here keeps his identity', async () => {
    const { links, people, locals } = house.ecosystems
    const { id } = await people.admit(other)
    const grant = await house.grant(id, 3)
    await refuses(links.link('alice', other), 'conflict', /grants/)
    await house.ecosystems.grants.revoke(grant.id)
    const row = await locals.create({
      person: id,
      ecosystem: 'home',
      means: { publicKey: `5b${'0'.repeat(62)}` },
      maxLevel: 3,
      mode: 'always',
      by: 'person:owner',
    })
    await refuses(links.link('alice', other), 'conflict', /local identities/)
    await locals.revoke(row.id)
    await links.link('alice', other)
  })

  it('lead away from whoever is disabled to nobody', async () => {
    const { links, people, identities } = house.ecosystems
    const { id } = await people.admit(other)
    await people.disable(id)
    await refuses(links.link('alice', other), 'invalid_state', /account of this identity/)
    await people.enable(id)
    await identities.disable({ ...other, reason: 'pushed' })
    await refuses(links.link('alice', other), 'invalid_state', /disabled/)
  })

  it('are undone at once, whatever the store does; disabled ones and the last one stay', async () => {
    const { links, people, identities } = house.ecosystems
    await links.link('alice', other)
    house.store.broken = true
    await refuses(identities.unlink(other.issuer, other.subject, 'alice'), 'unavailable')
    assert.equal(people.byIdentity(other.issuer, other.subject), undefined)
    house.store.broken = false
    await refuses(identities.unlink(issuer, 'alice', 'alice'), 'invalid_state', /last/)
    await refuses(identities.unlink(issuer, 'alice', 'ben'), 'not_found')
    const later = await house.restarted()
    await later.identities.disable({ ...other, reason: 'pushed' })
    await refuses(
      later.identities.unlink(other.issuer, other.subject, 'alice'),
      'invalid_state',
      /disabled/,
    )
    await later.identities.enable({ ...other, reason: 'pushed' })
    await later.identities.unlink(other.issuer, other.subject, 'alice')
    const newcomer = await later.people.admit(other)
    assert.notEqual(newcomer.id, 'alice')
    assert.equal(later.people.barred('alice', { identity: other }), 'identity_disabled')
  })
})
