import assert from 'node:assert/strict'
import type { InviteOrder } from '../../ecosystems/invites.ts'
import type { GrantTerms } from '../../ecosystems/store/store.ts'
import { levelOf } from './given.ts'
import { by, House, issuer, refuses } from './house.ts'

const terms: GrantTerms = {
  level: 3,
  device: null,
  uri: null,
  match: 'exact',
  actions: null,
  schedule: null,
  uses: null,
  delegable: 0,
  purpose: null,
  ttlMs: null,
  notBefore: null,
  expiresAt: null,
}
const hour = 3_600_000

describe('invites', () => {
  let house: House

  beforeEach(async () => {
    house = await House.open()
    await house.person('guest')
    await house.person('other')
    await house.ecosystems.idps.add({ issuer, clientId: 'latchkey' })
  })

  const order = (more: Partial<InviteOrder> = {}): InviteOrder => ({
    ecosystem: 'home',
    to: { kind: 'person', id: 'guest' },
    terms,
    expiresAt: house.clock.now() + hour,
    parent: null,
    code: true,
    by,
    ...more,
  })
  const invite = async (more: Partial<InviteOrder> = {}): Promise<string> => {
    const { code } = await house.ecosystems.invites.create(order(more))
    assert.match(code ?? '', /^iv_[a-z2-7]{32}$/)
    return code ?? ''
  }
  const levelHeld = (id: string): number =>
    levelOf(house.ecosystems.grants, { kind: 'person', id }, 'home')

  it('give the right person a grant, once', async () => {
    const { invites } = house.ecosystems
    const code = await invite({ terms: { ...terms, purpose: 'the plants' } })
    const grant = await invites.redeem(code, 'guest')
    const [row] = invites.list({ includeEnded: true })
    assert.equal(grant?.source, 'invite')
    assert.equal(grant.sourceId, row?.id)
    assert.equal(grant.purpose, 'the plants')
    assert.equal(levelHeld('guest'), 3)
    assert.equal(await invites.redeem(code, 'guest'), undefined)
    assert.equal(row?.used, 1)
    assert.deepEqual(invites.list(), [])
  })

  it('are of no use to anybody else, who is not counted', async () => {
    const { invites } = house.ecosystems
    const code = await invite()
    assert.equal(await invites.redeem(code, 'other'), undefined)
    assert.equal(await invites.redeem('iv_unknown', 'guest'), undefined)
    assert.equal(invites.list()[0]?.used, 0)
    assert.notEqual(await invites.redeem(code, 'guest'), undefined)
    assert.equal(levelHeld('other'), Infinity)
  })

  it('are redeemed as often as they have uses, whoever comes at the same time', async () => {
    const { invites } = house.ecosystems
    for (const uses of [1, 3]) {
      const code = await invite({ uses })
      const made = await Promise.all(
        Array.from({ length: 50 }, () => invites.redeem(code, 'guest')),
      )
      assert.equal(made.filter((grant) => grant !== undefined).length, uses)
    }
    const again = await house.restarted()
    assert.deepEqual(again.grants.list().length, 4)
    assert.deepEqual(
      again.invites.list({ includeEnded: true }).map(({ used, uses }) => [used, uses]),
      [
        [1, 1],
        [3, 3],
      ],
    )
  })

  it('keep nothing of their code and of an address but the digest', async () => {
    const code = await invite({ to: { kind: 'email', address: 'Guest@Mail.test' } })
    const text = JSON.stringify(await house.store.load())
    assert.ok(!text.includes(code))
    assert.ok(!/guest@mail/i.test(text))
  })

  it('are for an identity, by whichever account of the same person', async () => {
    const { invites } = house.ecosystems
    const code = await invite({ to: { kind: 'identity', issuer, subject: 'guest' } })
    assert.equal(await invites.redeem(code, 'other'), undefined)
    assert.notEqual(await invites.redeem(code, 'guest'), undefined)
  })

  it('are for whoever proves an address by a provider that the ecosystem trusts', async () => {
    const { invites } = house.ecosystems
    const to = { kind: 'email', address: 'Guest@Mail.test' } as const
    const code = await invite({ to })
    assert.equal(await invites.redeem(code, 'guest'), undefined)
    const email = 'guest@mail.TEST'
    await invites.claim('guest', { issuer: 'https://nobody.test', subject: 'guest', email })
    assert.equal(await invites.redeem(code, 'guest'), undefined)
    await invites.claim('other', { issuer, subject: 'other' })
    assert.equal(await invites.redeem(code, 'other'), undefined)
    await invites.claim('guest', { issuer, subject: 'guest', email })
    assert.notEqual(await invites.redeem(code, 'guest'), undefined)
  })

  it('are worth no more than the word of who says that the address is his, now', async () => {
    const { idpTrusts, invites } = house.ecosystems
    const signIn = { issuer, subject: 'guest', email: 'guest@mail.test' }
    const to = { kind: 'email', address: signIn.email } as const
    const [good, bad] = [await invite({ to }), await invite({ to })]
    await invites.claim('guest', signIn)
    await idpTrusts.set({ ecosystem: 'home', issuer, maxLevel: terms.level + 1 })
    assert.equal((await invites.redeem(good, 'guest'))?.level, terms.level + 1)
    await idpTrusts.set({ ecosystem: 'home', issuer, enabled: false })
    assert.equal(await invites.redeem(bad, 'guest'), undefined)
    await idpTrusts.set({ ecosystem: 'home', issuer, enabled: true, maxLevel: 1 })
    assert.equal((await invites.redeem(bad, 'guest'))?.level, terms.level)
  })

  it('without a code wait for the one they are for', async () => {
    const { invites } = house.ecosystems
    for (const to of [
      { kind: 'person', id: 'guest' },
      { kind: 'identity', issuer, subject: 'guest' },
      { kind: 'email', address: 'guest@mail.test' },
    ] as const) {
      const { code, row } = await invites.create(order({ to, code: false }))
      assert.equal(code, undefined)
      const email = 'guest@mail.test'
      assert.deepEqual(await invites.claim('other', { issuer, subject: 'other' }), [])
      const stranger = { issuer: 'https://nobody.test', subject: 'x', email }
      assert.deepEqual(await invites.claim('other', stranger), [])
      const made = await invites.claim('guest', { issuer, subject: 'guest', email })
      assert.deepEqual(
        made.map(({ sourceId }) => sourceId),
        [row.id],
      )
      assert.deepEqual(await invites.claim('guest', { issuer, subject: 'guest', email }), [])
    }
    await refuses(invites.create(order({ code: false, uses: 2 })), 'invalid_argument', /^uses:/)
  })

  it('give what they say, for as long as they say from then on', async () => {
    const { invites } = house.ecosystems
    const uses = { 'door.unlock': 2 }
    const code = await invite({ terms: { ...terms, level: 2, uses, ttlMs: hour } })
    house.clock.advance(1_000)
    const grant = await invites.redeem(code, 'guest')
    assert.equal(grant?.expiresAt, house.clock.now() + hour)
    assert.deepEqual(grant.uses, uses)
    const { grantUses } = await house.store.load()
    assert.deepEqual(grantUses, [{ grant: grant.id, uri: 'door.unlock', used: 0, uses: 2 }])
    const at = house.clock.now() + 10
    const short = await invite({ terms: { ...terms, ttlMs: hour, expiresAt: at } })
    assert.equal((await invites.redeem(short, 'guest'))?.expiresAt, at)
  })

  it('end with their time, when they are revoked, with the grant of whoever invited, and with the ecosystem', async () => {
    const { closures, grants, invites } = house.ecosystems
    const late = await invite()
    house.clock.advance(hour)
    assert.equal(await invites.redeem(late, 'guest'), undefined)

    const revoked = await invite()
    const [open] = invites.list()
    house.store.broken = true
    await refuses(invites.revoke(open?.id ?? ''), 'unavailable')
    assert.equal(invites.redeemable(revoked, 'guest'), undefined)
    house.store.broken = false
    await invites.revoke(open?.id ?? '')
    assert.equal(await invites.redeem(revoked, 'guest'), undefined)
    assert.equal((await house.restarted()).invites.redeemable(revoked, 'guest'), undefined)

    const parent = await house.grant('other', 1)
    const orphan = await invite({ parent: parent.id })
    assert.notEqual(invites.redeemable(orphan, 'guest'), undefined)
    await grants.revoke(parent.id)
    assert.equal(invites.redeemable(orphan, 'guest'), undefined)

    const homeless = await invite()
    await closures.close('home', { force: true })
    assert.equal(await invites.redeem(homeless, 'guest'), undefined)
    assert.equal(levelHeld('guest'), Infinity)
  })

  it('are suspended at once, and lifted when that is stored', async () => {
    const { invites } = house.ecosystems
    const code = await invite()
    const [row] = invites.list({ by })
    await invites.suspend(row?.id ?? '')
    assert.equal(await invites.redeem(code, 'guest'), undefined)
    assert.equal((await house.restarted()).invites.redeemable(code, 'guest'), undefined)
    await invites.lift(row?.id ?? '')
    assert.notEqual(await invites.redeem(code, 'guest'), undefined)
  })

  it('are not counted when that cannot be stored', async () => {
    const { invites } = house.ecosystems
    const code = await invite()
    house.store.broken = true
    await refuses(invites.redeem(code, 'guest'), 'unavailable')
    assert.equal(levelHeld('guest'), Infinity)
    house.store.broken = false
    assert.notEqual(await invites.redeem(code, 'guest'), undefined)
  })

  it('are refused when something about them is not allowed', async () => {
    const { invites } = house.ecosystems
    const at = house.clock.now()
    await refuses(invites.create(order({ ecosystem: 'x' })), 'not_found')
    await refuses(invites.create(order({ uses: 0 })), 'invalid_argument', /^uses:/)
    await refuses(invites.create(order({ uses: 1_001 })), 'invalid_argument', /inviteUses/)
    await refuses(invites.create(order({ expiresAt: at })), 'invalid_argument', /^expiresAt:/)
    await refuses(
      invites.create(order({ expiresAt: at + 1e12 })),
      'invalid_argument',
      /inviteTtlMs/,
    )
    for (const wrong of [
      { level: 0 },
      { schedule: 'sometimes' },
      { uses: { 'a b': 1 } },
      { uri: 'user.guest.prefs' },
      { delegable: 99 },
      { expiresAt: at },
    ])
      await refuses(
        invites.create(order({ terms: { ...terms, ...wrong } })),
        'invalid_argument',
        new RegExp((Object.keys(wrong)[0] ?? '').replace(/At$/, '')),
      )
    await refuses(invites.revoke('none'), 'not_found', /no invite "none"/)
  })

  it('are so many of an ecosystem and no more, and so many ended ones are shown', async () => {
    house = await House.open({ bounds: { invitesPerEcosystem: 2, endedInvites: 1 } })
    const { invites } = house.ecosystems
    await house.person('guest')
    await invite()
    const code = await invite()
    await refuses(
      invites.create(order()),
      'invalid_state',
      /invitesPerEcosystem of home: there are 2/,
    )
    await invites.redeem(code, 'guest')
    await invite()
    house.clock.advance(hour)
    await invite()
    await invite()
    assert.equal(invites.list({ includeEnded: true }).length, 3)
    assert.equal(invites.redeemable(code, 'guest'), undefined)
  })
})
