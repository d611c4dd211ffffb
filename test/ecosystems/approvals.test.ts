import assert from 'node:assert/strict'
import type { ApprovalRow } from '../../ecosystems/store/store.ts'
import type { Agreement, Wish } from '../../ecosystems/approvals.ts'
import { by, House, refuses } from './house.ts'

const minuteMs = 60_000
const wish: Wish = {
  realm: 'home',
  requesterKind: 'person',
  requester: 'guest',
  ecosystem: 'home',
  device: '',
  uri: 'tv.record',
  action: 'call',
}

describe('requests for an owner’s word', () => {
  let house: House
  let device: string

  const ask = async (more: Partial<Wish> = {}): ReturnType<typeof approvals.request> =>
    approvals.request({ ...wish, device, ...more })
  let approvals: House['ecosystems']['approvals']
  const agreement = (more: Partial<Agreement> = {}): Agreement => ({
    by,
    level: 2,
    expiresAt: house.clock.now() + minuteMs,
    once: false,
    parent: null,
    ...more,
  })

  beforeEach(async () => {
    house = await House.open({
      bounds: { approvals: 4, approvalsPerRequester: 2, endedApprovals: 2 },
    })
    for (const id of ['guest', 'friend', 'other']) await house.person(id)
    device = (await house.device('tv', { class: 'tv' })).id
    ;({ approvals } = house.ecosystems)
    house.store.commits.length = 0
  })

  it('are one, however often and at however many places the same is asked for', async () => {
    const asked = await Promise.all(Array.from({ length: 50 }, () => ask()))
    assert.equal(new Set(asked.map(({ ticket }) => ticket)).size, 1)
    assert.deepEqual(house.store.commits, [['approval.put']])
    assert.equal(approvals.list().length, 1)
    // Something else, somebody else, something else to be done: each is another one.
    const others = [
      await ask({ uri: 'tv.erase' }),
      await ask({ requester: 'friend' }),
      await ask({ requester: 'other', action: 'publish' }),
    ]
    assert.equal(new Set([...asked, ...others].map(({ ticket }) => ticket)).size, 4)
  })

  it('are bounded for each who asks, and in all; those that are over make room', async () => {
    await ask()
    await ask({ uri: 'tv.erase' })
    await refuses(ask({ uri: 'tv.more' }), 'rate_limited', /approvalsPerRequester/)
    // The same again needs no room.
    await ask()
    await ask({ requester: 'friend' })
    await ask({ requester: 'friend', uri: 'tv.erase' })
    await refuses(ask({ requester: 'other' }), 'rate_limited', /approvals\b/)
    house.clock.advance(10 * minuteMs)
    await ask({ requester: 'other' })
    assert.equal(approvals.list().length, 1)
    // Of those that are over the last ones are shown.
    assert.equal(approvals.list({ includeEnded: true }).length, 3)
  })

  it('are told of when they are stored, and not when they could not be', async () => {
    const told: ApprovalRow[] = []
    approvals.onRequested((row) => told.push(row))
    house.store.broken = true
    await refuses(ask(), 'unavailable')
    assert.deepEqual(told, [])
    house.store.broken = false
    const { row } = await ask()
    assert.deepEqual(told, [row])
  })

  it('become a grant for this alone, in the same commit as the answer', async () => {
    const { row, ticket } = await ask()
    house.store.commits.length = 0
    const { grant } = await approvals.approve(row.id, agreement({ once: true }))
    assert.deepEqual(house.store.commits, [['grant.put', 'grantUse.put', 'approval.put']])
    assert.deepEqual(
      [grant.effect, grant.uri, grant.device, grant.actions, grant.uses, grant.source],
      ['allow', 'tv.record', device, ['call'], { 'tv.record': 1 }, 'approval'],
    )
    assert.equal(approvals.state(ticket), 'approved')
    // It may be asked for again, when it is used up.
    const again = await ask()
    assert.notEqual(again.ticket, ticket)
  })

  it('are answered once: of two who answer at the same time the first counts', async () => {
    const { row } = await ask()
    const answers = await Promise.allSettled([
      approvals.deny(row.id, by),
      approvals.approve(row.id, agreement()),
      approvals.approve(row.id, agreement()),
    ])
    assert.deepEqual(
      answers.map(({ status }) => status),
      ['fulfilled', 'rejected', 'rejected'],
    )
    assert.equal(approvals.get(row.id)?.state, 'denied')
    assert.deepEqual(house.ecosystems.grants.list(), [])
  })

  it('give nothing when the answer could not be stored', async () => {
    const { row, ticket } = await ask()
    house.store.broken = true
    await refuses(approvals.approve(row.id, agreement()), 'unavailable')
    assert.deepEqual(house.ecosystems.grants.list(), [])
    assert.equal(approvals.state(ticket), 'pending')
  })

  it('are agreed to for a time that ends, and never once where it could not be counted', async () => {
    const { row } = await ask({ action: 'subscribe' })
    const now = house.clock.now()
    for (const expiresAt of [now, now + 367 * 24 * 3_600_000, Number.NaN])
      await refuses(approvals.approve(row.id, agreement({ expiresAt })), 'invalid_argument')
    await refuses(approvals.approve(row.id, agreement({ once: true })), 'invalid_argument', /once/)
  })

  it('are known again after a restart, by the same ticket', async () => {
    const { row, ticket } = await ask()
    await approvals.deny((await ask({ uri: 'tv.erase' })).row.id, by)
    const again = (await house.restarted()).approvals
    assert.equal((await again.request({ ...wish, device })).ticket, ticket)
    assert.deepEqual(
      again.list().map(({ id }) => id),
      [row.id],
    )
    const refused = await again.request({ ...wish, device, uri: 'tv.erase' })
    assert.equal(refused.state, 'denied')
  })

  it('tell what became of them nobody but who has asked', async () => {
    const { ticket } = await ask()
    const who = { realm: 'home', requesterKind: 'person', requester: 'guest' } as const
    assert.notEqual(approvals.poll(ticket, who), undefined)
    assert.equal(approvals.poll(ticket, { ...who, requester: 'other' }), undefined)
    assert.equal(approvals.poll(ticket, { ...who, requesterKind: 'device' }), undefined)
    assert.equal(approvals.poll(ticket, { ...who, realm: 'away' }), undefined)
    assert.equal(approvals.poll('tk_none', who), undefined)
  })
})
