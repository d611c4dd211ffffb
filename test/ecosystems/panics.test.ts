import assert from 'node:assert/strict'
import type { Fall } from '../../ecosystems/falls.ts'
import { freshKey, House, issuer, refuses } from './house.ts'

const day = 86_400_000
const other = { issuer: 'https://other.test', subject: 'thief' }

describe('an account that is cut off', () => {
  let house: House
  let since: number
  const giver = 'person:owner'

  beforeEach(async () => {
    house = await House.open()
    for (const id of ['owner', 'friend', 'thief']) await house.person(id)
    await house.device('lamp')
  })

  /** Everything that an account can give or make, at once. Returns the ids. */
  async function everything(): Promise<Record<string, string>> {
    const { grants, authenticators, deviceActs, locals } = house.ecosystems
    const grant = await grants.create({
      subject: { kind: 'person', id: 'friend' },
      ecosystem: 'home',
      level: 3,
      by: giver,
    })
    const authenticator = await authenticators.enrol({
      person: 'owner',
      name: 'watch',
      kind: 'watch',
      publicKey: freshKey(),
      credential: null,
      acr: 'aal2',
    })
    const act = await deviceActs.create({
      device: 'lamp',
      person: 'owner',
      scopes: ['lamp.'],
      ttlMs: 30 * day,
    })
    const local = await locals.create({
      person: 'owner',
      ecosystem: 'home',
      means: { publicKey: freshKey() },
      maxLevel: 1,
      mode: 'always',
      by: giver,
    })
    return { grant: grant.id, authenticator: authenticator.id, act: act.id, local: local.id }
  }

  it('loses at once what was given and made since then, and keeps what was there before', async () => {
    const { panics, grants, authenticators, deviceActs, locals, links, identities, people } =
      house.ecosystems
    const before = await everything()
    house.clock.advance(day)
    since = house.clock.now()
    const after = await everything()
    await links.link('owner', other)
    const falls: Fall[] = []
    house.ecosystems.onFallen((fall) => falls.push(fall))
    const done = panics.panic({ person: 'owner', since, asker: 4711 })
    const state = (ids: Record<string, string>): unknown[] => [
      grants.get(ids['grant'] ?? '')?.suspendedAt,
      authenticators.get(ids['authenticator'] ?? '')?.status,
      deviceActs.get(ids['act'] ?? '')?.revokedAt,
      locals.get(ids['local'] ?? '')?.status,
    ]
    // Before anything of it is stored.
    assert.deepEqual(state(after), [since, 'suspended', since, 'revoked'])
    assert.deepEqual(state(before), [null, 'active', null, 'active'])
    assert.equal(identities.isDisabled(other.issuer, other.subject), true)
    assert.equal(identities.isDisabled(issuer, 'owner'), false)
    const token = { identity: { issuer, subject: 'owner', issuedAt: since } }
    assert.equal(people.barred('owner', token), 'proof_taken_back')
    assert.equal(
      people.barred('owner', { identity: { ...token.identity, issuedAt: since + 1 } }),
      undefined,
    )
    assert.ok(
      falls.some(({ kind, id, asker }) => kind === 'person' && id === 'owner' && asker === 4711),
    )
    const cut = await done
    assert.deepEqual(
      cut.grants.map(({ id }) => id),
      [after['grant']],
    )
    assert.deepEqual(cut.delegations, [after['act']])
    const later = await house.restarted()
    assert.equal(later.people.barred('owner', token), 'proof_taken_back')
    assert.equal(later.authenticators.get(after['authenticator'] ?? '')?.status, 'suspended')
    assert.deepEqual(
      later.panics.review('owner').grants.map(({ id }) => id),
      [after['grant']],
    )
  })

  it('loses what it had asked for by then and stood in line, too', async () => {
    const { panics, grants, authenticators, deviceActs, locals, links, identities } =
      house.ecosystems
    since = house.clock.now()
    void house.store.hold()
    const line = Promise.all([
      grants.create({
        subject: { kind: 'person', id: 'thief' },
        ecosystem: 'home',
        level: 3,
        by: giver,
      }),
      authenticators.enrol({
        person: 'owner',
        name: 'watch',
        kind: 'watch',
        publicKey: freshKey(),
        credential: null,
        acr: 'aal2',
      }),
      locals.create({
        person: 'owner',
        ecosystem: 'home',
        means: { publicKey: freshKey() },
        maxLevel: 1,
        mode: 'always',
        by: giver,
      }),
      deviceActs.create({ device: 'lamp', person: 'owner', scopes: ['lamp.'], ttlMs: day }),
      links.link('owner', other),
    ])
    const done = panics.panic({ person: 'owner', since })
    house.store.release()
    const [grant, authenticator, local, act] = await line
    const cut = await done
    assert.notEqual(grants.get(grant.id)?.suspendedAt, null)
    assert.equal(authenticators.get(authenticator.id)?.status, 'suspended')
    assert.equal(locals.get(local.id)?.status, 'revoked')
    assert.equal(identities.isDisabled(other.issuer, other.subject), true)
    assert.deepEqual(
      [cut.grants, cut.authenticators, cut.locals].map((rows) => rows.map(({ id }) => id)),
      [[grant.id], [authenticator.id], [local.id]],
    )
    assert.deepEqual(cut.delegations, [act.id])
  })

  it('gets back what is lifted, one by one', async () => {
    const { panics, grants, authenticators } = house.ecosystems
    const ids = await everything()
    await panics.panic({ person: 'owner', since: 0 })
    for (const id of [ids['grant'] ?? '', ids['authenticator'] ?? '']) await panics.lift(id)
    assert.equal(grants.get(ids['grant'] ?? '')?.suspendedAt, null)
    assert.equal(authenticators.get(ids['authenticator'] ?? '')?.status, 'active')
    await refuses(panics.lift(ids['grant'] ?? ''), 'not_found')
    assert.deepEqual(panics.review('owner'), { grants: [], invites: [] })
  })

  it('stays cut off in memory when the store fails, and says so', async () => {
    const { panics, grants } = house.ecosystems
    const ids = await everything()
    house.store.broken = true
    await refuses(panics.panic({ person: 'owner', since: 0 }), 'unavailable')
    assert.notEqual(grants.get(ids['grant'] ?? '')?.suspendedAt, null)
    house.store.broken = false
    await panics.panic({ person: 'owner', since: 0 })
    assert.equal((await house.restarted()).panics.review('owner').grants.length, 1)
    await refuses(panics.panic({ person: 'nobody', since: 0 }), 'not_found')
  })

  it('is stored whole when it has given more than can wait in line', async () => {
    house = await House.open({ bounds: { waitingRevocations: 3 } })
    for (const id of ['owner', 'friend']) await house.person(id)
    const { panics, grants } = house.ecosystems
    for (let i = 0; i < 10; i++)
      await grants.create({
        subject: { kind: 'person', id: 'friend' },
        ecosystem: 'home',
        level: 5,
        by: giver,
      })
    const { grants: cut } = await panics.panic({ person: 'owner', since: 0 })
    assert.equal(cut.length, 10)
    assert.ok(cut.every(({ suspendedAt }) => suspendedAt !== null))
    assert.equal((await house.restarted()).panics.review('owner').grants.length, 10)
  })
})
