import assert from 'node:assert/strict'
import { Endings } from '../../authority/endings.ts'
import { defaultAuthorityLimits as limits } from '../../authority/limits.ts'
import { Resources, type Resource } from '../../authority/resources.ts'
import { rptFacts, Rpts, type FoundRpt } from '../../authority/rpts.ts'
import { Safekeeping } from '../../authority/safekeeping.ts'
import { Tickets } from '../../authority/tickets.ts'
import { idTokenFormat, UmaExchange, type UmaOutcome } from '../../authority/uma-exchange.ts'
import { MemoryTokens } from '../../ecosystems/store/memory-tokens.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { principal, saidHouse, type SaidHouse } from './house.ts'
import { refused } from './refusal.ts'

const owner = { party: principal('owner'), client: 'tools' }

describe('the exchange of permission tickets', () => {
  let clock: ManualClock
  let house: SaidHouse
  let kept: Safekeeping
  let tickets: Tickets
  let resources: Resources
  let exchange: UmaExchange
  let known: Map<string, FoundRpt>
  let lamp: Resource
  let safe: Resource

  beforeEach(async () => {
    clock = new ManualClock(1_700_000_000_000)
    house = saidHouse()
    const log = (): void => undefined
    kept = new Safekeeping(new MemoryTokens(), { clock, limits, log })
    tickets = new Tickets(kept, { limits, log })
    const endings = new Endings()
    resources = new Resources({ kept, domain: house, limits, withdrawn: (id) => endings.end(id) })
    known = new Map()
    const find = (value: string): Promise<FoundRpt | undefined> => Promise.resolve(known.get(value))
    const rpts = new Rpts({ domain: house, resources, endings, find })
    exchange = new UmaExchange({ domain: house, tickets, resources, rpts, findRpt: find })
    lamp = await resources.create(owner, { name: 'lamp', resource_scopes: ['switch', 'state'] })
    safe = await resources.create(owner, { name: 'safe', resource_scopes: ['open'] })
  })
  afterEach(() => kept.close())

  const ticketFor = (...wanted: [Resource, ...string[]][]): Promise<string> =>
    tickets.first(wanted.map(([{ id }, ...scopes]) => ({ resource: id, scopes })))

  const ask = (
    ticket: string,
    more: { claims?: string | undefined; client?: string; rpt?: string; scope?: string } = {},
  ): Promise<UmaOutcome> => {
    const { claims = 'id:friend', client = 'app', ...rest } = more
    return exchange.exchange({
      client,
      ticket,
      claimToken: claims,
      claimTokenFormat: idTokenFormat,
      ...rest,
    })
  }

  const bodyOf = (outcome: UmaOutcome): Record<string, unknown> => {
    assert.equal(outcome.kind, 'refused')
    return outcome.kind === 'refused' ? outcome.body : {}
  }

  it('grants what the party may do now', async () => {
    house.standings.set('friend lamp.switch', { kind: 'allow' })
    const outcome = await ask(await ticketFor([lamp, 'switch']))
    assert.equal(outcome.kind, 'granted')
    assert.deepEqual(outcome.kind === 'granted' && outcome.permissions, [
      { resource_id: lamp.id, resource_scopes: ['switch'] },
    ])
  })

  it('grants the part that is allowed of what is wanted', async () => {
    house.standings.set('friend lamp.switch', { kind: 'allow' })
    const outcome = await ask(await ticketFor([lamp, 'switch', 'state'], [safe, 'open']))
    assert.deepEqual(outcome.kind === 'granted' && outcome.permissions, [
      { resource_id: lamp.id, resource_scopes: ['switch'] },
    ])
  })

  it('denies for good, without a ticket, what the party may not do', async () => {
    const body = bodyOf(await ask(await ticketFor([safe, 'open'])))
    assert.equal(body['error'], 'request_denied')
    assert.equal(body['ticket'], undefined)
  })

  it('takes a ticket once, of fifty at once from one alone', async () => {
    house.standings.set('friend lamp.switch', { kind: 'allow' })
    const ticket = await ticketFor([lamp, 'switch'])
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => ask(ticket)))
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
  })

  it('takes no ticket after five minutes, and none that it did not give', async () => {
    const ticket = await ticketFor([lamp, 'switch'])
    clock.advance(limits.ticketMs)
    await refused(ask(ticket), 400, 'invalid_grant')
    await refused(ask('tkt_none'), 400, 'invalid_grant')
  })

  it('gives the next ticket to the client that brought the one before, and to no other', async () => {
    const needed = bodyOf(await ask(await ticketFor([lamp, 'switch']), { claims: 'nonsense' }))
    assert.equal(needed['error'], 'need_info')
    const next = String(needed['ticket'])
    await refused(ask(next, { client: 'thief' }), 400, 'invalid_grant')
    // It was not used up by the thief.
    assert.equal(bodyOf(await ask(next))['error'], 'request_denied')
  })

  it('ends a chain of tickets in time, however often it goes on', async () => {
    let ticket = await ticketFor([lamp, 'switch'])
    for (let elapsed = 0; elapsed < limits.ticketChainMs; elapsed += 240_000) {
      ticket = String(bodyOf(await ask(ticket, { claims: 'nonsense' }))['ticket'])
      clock.advance(240_000)
    }
    await refused(ask(ticket), 400, 'invalid_grant')
  })

  it('asks the owner once, lets the client wait, and grants what the owner agreed to', async () => {
    house.standings.set('friend safe.open', { kind: 'approval' })
    const first = bodyOf(await ask(await ticketFor([safe, 'open'])))
    assert.equal(first['error'], 'request_submitted')
    assert.equal(first['interval'], 7)
    const second = bodyOf(await ask(String(first['ticket'])))
    assert.equal(second['error'], 'request_submitted')
    assert.deepEqual(
      house.asked.map(({ uri }) => uri),
      ['safe.open'],
    )
    house.approvals.set('approval 1', 'approved')
    house.standings.set('friend safe.open', { kind: 'allow' })
    const outcome = await ask(String(second['ticket']))
    assert.equal(outcome.kind, 'granted')
  })

  it('denies when the owner says no, and when the question has expired', async () => {
    house.standings.set('friend safe.open', { kind: 'approval' })
    for (const state of ['denied', 'unknown'] as const) {
      const asked = bodyOf(await ask(await ticketFor([safe, 'open'])))
      house.approvals.set(`approval ${house.asked.length}`, state)
      assert.equal(bodyOf(await ask(String(asked['ticket'])))['error'], 'request_denied')
    }
  })

  it('asks for the party’s word anew when somebody else brings the ticket that waits', async () => {
    house.standings.set('friend safe.open', { kind: 'approval' })
    house.standings.set('guest safe.open', { kind: 'approval' })
    const asked = bodyOf(await ask(await ticketFor([safe, 'open'])))
    house.approvals.set('approval 1', 'denied')
    const other = bodyOf(await ask(String(asked['ticket']), { claims: 'id:guest' }))
    assert.equal(other['error'], 'request_submitted')
    assert.equal(house.asked.length, 2)
  })

  it('says how strong and how recent a sign-in is needed', async () => {
    house.standings.set('friend safe.open', { kind: 'step_up', acr: 'gold', maxAgeMs: 300_000 })
    const body = bodyOf(await ask(await ticketFor([safe, 'open'])))
    assert.equal(body['error'], 'need_info')
    const [claim] = body['required_claims'] as Record<string, unknown>[]
    assert.deepEqual([claim?.['acr_values'], claim?.['max_age']], ['gold', 300])
    assert.equal(typeof body['ticket'], 'string')
  })

  it('refuses scopes that are none of the ticket’s', async () => {
    const ticket = await ticketFor([lamp, 'switch'])
    await refused(ask(ticket, { scope: 'switch open' }), 400, 'invalid_scope')
  })

  it('adds to a token what its own party may do, and what it could before and still can', async () => {
    house.standings.set('friend lamp.switch', { kind: 'allow' })
    house.standings.set('friend safe.open', { kind: 'allow' })
    const before = (person: string): FoundRpt => ({
      value: `rpt of ${person}`,
      client: 'friends_app',
      expiresAt: clock.now() + 1,
      facts: rptFacts(
        [{ resource_id: lamp.id, resource_scopes: ['switch', 'state'] }],
        principal(person),
      ),
    })
    known.set('mine', before('friend')).set('another', before('guest'))
    const more = await ask(await ticketFor([safe, 'open']), { rpt: 'mine' })
    assert.deepEqual(more.kind === 'granted' && more.permissions, [
      { resource_id: lamp.id, resource_scopes: ['switch'] },
      { resource_id: safe.id, resource_scopes: ['open'] },
    ])
    assert.equal(more.kind === 'granted' && more.upgraded?.value, 'rpt of friend')
    const alone = await ask(await ticketFor([safe, 'open']), { rpt: 'another' })
    assert.equal(alone.kind === 'granted' && alone.upgraded, undefined)
    assert.equal(alone.kind === 'granted' && alone.permissions.length, 1)
  })

  it('gives nothing on a resource that is no longer registered', async () => {
    house.standings.set('friend lamp.switch', { kind: 'allow' })
    const ticket = await ticketFor([lamp, 'switch'])
    await resources.remove(owner, lamp.id)
    assert.equal(bodyOf(await ask(ticket))['error'], 'request_denied')
  })
})
