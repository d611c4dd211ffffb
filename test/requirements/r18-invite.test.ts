import assert from 'node:assert/strict'
import { ManualClock } from '../support/manual-clock.ts'
import { startOutside, type Answer, type Outside } from '../support/outside.ts'
import type { WampClient } from '../support/wamp-client.ts'

const denied = 'wamp.error.not_authorized'
const redeem = 'latchkey.invite.redeem'

describe('R18 invites: for one person, countable', () => {
  let house: Outside
  let clock: ManualClock
  let spent = ''

  before(async () => {
    clock = new ManualClock(Date.parse('2030-06-01T12:00:00Z'))
    house = await startOutside({ clock, providers: 2, store: 'folder' })
    for (const id of ['owner', 'guest', 'other']) await house.person(id)
    await house.grant('owner', 1)
    await house.device('lock', { prefix: 'door', handlers: { unlock: () => ({ open: true }) } })
  })

  after(() => house.stop())

  const invite = (input: Record<string, unknown>): Promise<Answer> =>
    house.manage('invite.create', { ecosystem: 'home', level: 3, ...input })
  const codeOf = async (input: Record<string, unknown>): Promise<string> =>
    String((await invite(input))['code'])
  const joined = async (subject: string, claims = {}, provider = 0): Promise<WampClient> =>
    house.join(await house.token(provider, subject, claims))
  const revokeAll = async (): Promise<void> => {
    const { grants } = await house.manage('grant.list', { to: 'guest' })
    for (const { id } of grants as { id: string }[]) await house.manage('grant.revoke', { id })
  }

  it('R18: right person once OK, second NA', async () => {
    const owner = await house.wampy(await house.token(0, 'owner'))
    const { argsList } = await owner.call('latchkey.invite.create', {
      argsDict: { ecosystem: 'home', to: 'guest', level: 3, uses: 1, expires: '2d' },
    })
    const code = (argsList as Answer[])[0]?.['code']
    assert.match(String(code), /^iv_[a-z2-7]{32}$/)
    const guest = await joined('guest')
    assert.equal(await house.outcome(guest, 'door.unlock'), denied)
    assert.equal(await house.outcome(guest, redeem, [], { code }), 'RESULT')
    // On the live session, and only once.
    assert.equal(await house.outcome(guest, 'door.unlock'), 'RESULT')
    assert.equal(await house.outcome(guest, redeem, [], { code }), denied)
    await revokeAll()
    assert.equal(await house.outcome(guest, 'door.unlock'), denied)
    assert.equal(await house.outcome(guest, redeem, [], { code }), denied)
  })

  it('R18: forwarded code used by another identity NA, and not counted', async () => {
    const code = await codeOf({ to: 'guest' })
    const other = await joined('other')
    const stranger = await joined('guest', {}, 1)
    for (const session of [other, stranger]) {
      const [kind, , , , uri, args] = await house.call(session, redeem, [], { code })
      assert.deepEqual([kind, uri], [8, denied])
      const wrong = await house.call(session, redeem, [], { code: 'iv_wrong' })
      assert.deepEqual(args, wrong[5], 'a wrong code and somebody else’s look alike')
      assert.equal(await house.outcome(session, 'door.unlock'), denied)
    }
    const { invites } = await house.manage('invite.list')
    assert.deepEqual(
      (invites as Answer[]).map(({ used, uses }) => [used, uses]),
      [[0, 1]],
    )
    const guest = await joined('guest')
    assert.equal(await house.outcome(guest, redeem, [], { code }), 'RESULT')
    await revokeAll()
  })

  it('R18: 50 parallel redemptions of uses:1 → exactly 1', async () => {
    const code = await codeOf({ to: 'guest' })
    const sessions = await Promise.all(Array.from({ length: 10 }, () => joined('guest')))
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, i) => {
        const session = sessions[i % sessions.length]
        assert.ok(session !== undefined)
        return session.ask([48, 1_000 + i, {}, redeem, [], { code }])
      }),
    )
    assert.equal(outcomes.filter(([kind]) => kind === 50).length, 1)
    assert.equal(outcomes.filter((answer) => answer[4] === denied).length, 49)
    const { grants } = await house.manage('grant.list', { to: 'guest' })
    assert.equal((grants as unknown[]).length, 1)
    spent = code
    await revokeAll()
  })

  it('R18: bound to an identity, whoever else has the code', async () => {
    const { issuer } = house.providers[1] ?? assert.fail('there are two providers')
    const code = await codeOf({ to: 'guest', issuer })
    const guest = await joined('guest')
    assert.equal(await house.outcome(guest, redeem, [], { code }), denied)
    const elsewhere = await joined('guest', {}, 1)
    assert.equal(await house.outcome(elsewhere, redeem, [], { code }), 'RESULT')
    assert.equal(await house.outcome(elsewhere, 'door.unlock'), 'RESULT')
  })

  it('R18: bound to an address that the provider has verified', async () => {
    const code = await codeOf({ to: 'Vip@House.example' })
    const email = 'vip@house.EXAMPLE'
    const claimed = await joined('claimed', { email })
    assert.equal(await house.outcome(claimed, redeem, [], { code }), denied)
    const unverified = await joined('unverified', { email, email_verified: false })
    assert.equal(await house.outcome(unverified, redeem, [], { code }), denied)
    const vip = await joined('vip', { email, email_verified: true })
    assert.equal(await house.outcome(vip, redeem, [], { code }), 'RESULT')
    assert.equal(await house.outcome(vip, 'door.unlock'), 'RESULT')
    const { records } = await house.manage('audit.list', { limit: 500 })
    assert.ok(!/vip@house/i.test(JSON.stringify(records)))
  })

  it('R18: without a code it waits for the first sign-in', async () => {
    const { code } = await invite({ to: 'late@house.example', waits: true })
    assert.equal(code, undefined)
    const verified = { email: 'late@house.example', email_verified: true }
    const late = await joined('late', verified)
    assert.equal(await house.outcome(late, 'door.unlock'), 'RESULT')
    const copy = await joined('copy', verified)
    assert.equal(await house.outcome(copy, 'door.unlock'), denied)
  })

  it('R18: ends with its time, when it is taken back, and with the right of whoever gave it', async () => {
    const guest = await joined('guest')
    const late = await codeOf({ to: 'guest', expires: '10m' })
    clock.advance(600_000)
    assert.equal(await house.outcome(guest, redeem, [], { code: late }), denied)

    const { id, code } = await invite({ to: 'guest' })
    const owner = await joined('owner')
    assert.equal(await house.outcome(guest, 'latchkey.invite.revoke', [], { id }), denied)
    assert.equal(await house.outcome(owner, 'latchkey.invite.revoke', [], { id }), 'RESULT')
    assert.equal(await house.outcome(guest, redeem, [], { code }), denied)

    const answer = await house.call(owner, 'latchkey.invite.create', [], {
      to: 'guest',
      ecosystem: 'home',
      level: 3,
    })
    const [given] = answer[3] as Answer[]
    const { grants } = await house.manage('grant.list', { to: 'owner' })
    await house.manage('grant.revoke', { id: (grants as Answer[])[0]?.['id'] })
    assert.equal(await house.outcome(guest, redeem, [], { code: given?.['code'] }), denied)
    await house.grant('owner', 1)
  })

  it('R18: nobody invites above the own level', async () => {
    await house.grant('guest', 3)
    const guest = await joined('guest')
    const input = { ecosystem: 'home', to: 'other' }
    for (const level of [1, 2, 3])
      assert.equal(
        await house.outcome(guest, 'latchkey.invite.create', [], { ...input, level }),
        denied,
      )
    await revokeAll()
    await house.grant('guest', 3, { delegable: 1 })
    const outcome = (level: number): Promise<string> =>
      house.outcome(guest, 'latchkey.invite.create', [], { ...input, level })
    assert.equal(await outcome(2), denied)
    const answer = await house.call(guest, 'latchkey.invite.create', [], { ...input, level: 3 })
    const [given] = answer[3] as Answer[]
    const code = given?.['code']
    const other = await joined('other')
    assert.equal(await house.outcome(other, redeem, [], { code }), 'RESULT')
    assert.equal(await house.outcome(other, 'door.unlock'), 'RESULT')
    // What was given on falls with what it was given by.
    await revokeAll()
    assert.equal(await house.outcome(other, 'door.unlock'), denied)
  })

  it('R18: what was counted stays counted after a restart', async () => {
    await house.restart()
    const guest = await joined('guest')
    assert.equal(await house.outcome(guest, redeem, [], { code: spent }), denied)
    const { grants } = await house.manage('grant.list', { to: 'guest' })
    assert.deepEqual(grants, [])
  })
})
