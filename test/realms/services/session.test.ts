import assert from 'node:assert/strict'
import { procedureUris } from '../../../realms/uris.ts'
import { startOpenIdProvider, type OpenIdProvider } from '../../support/openid-provider.ts'
import { startHouse, type House } from './house.ts'

const { sessionList, sessionKill, sessionRefresh, personCreate, idpAdd, statusGet, auditList } =
  procedureUris
const denied = 'wamp.error.not_authorized'

describe('sessions', () => {
  let house: House
  beforeEach(async () => {
    house = await startHouse()
  })
  afterEach(() => house.stop())

  const listed = (result: Record<string, unknown>): [unknown, unknown, unknown][] =>
    (result['sessions'] as Record<string, unknown>[]).map((row) => [
      row['session'],
      row['realm'],
      row['authid'],
    ])

  it('are listed to the operator from all realms, to others their own', async () => {
    const guest = await house.person('guest')
    const elsewhere = await house.person('guest', 'realm2')
    const owner = await house.person('owner')
    const operator = await house.operator()
    assert.deepEqual(listed(await operator.call(sessionList)), [
      [guest.session, 'realm1', 'guest'],
      [owner.session, 'realm1', 'owner'],
      [operator.session, 'realm1', 'operator'],
      [elsewhere.session, 'realm2', 'guest'],
    ])
    assert.deepEqual(listed(await guest.call(sessionList)), [
      [guest.session, 'realm1', 'guest'],
      [elsewhere.session, 'realm2', 'guest'],
    ])
    assert.deepEqual(listed(await owner.call(sessionList, { person: 'guest' })), [])
    assert.equal(listed(await operator.call(sessionList, { person: 'guest' })).length, 2)
  })

  it('of components and devices are their own within their realm alone', async () => {
    for (const kind of ['component', 'device']) {
      const here = await house.as(kind, 'gateway', 'realm1')
      const there = await house.as(kind, 'gateway', 'realm2')
      assert.deepEqual(listed(await here.call(sessionList)), [[here.session, 'realm1', 'gateway']])
      assert.equal((await here.refusal(sessionKill, { session: there.session })).uri, denied)
      assert.equal(listed(await there.call(sessionList)).length, 1)
    }
  })

  it('tell how they joined, from where, and until when', async () => {
    const expiresAt = house.clock.now() + 60_000
    const guest = await house.as('person', 'guest', 'realm1', { expiresAt })
    const { sessions } = await guest.call(sessionList)
    assert.deepEqual(sessions, [
      {
        session: guest.session,
        realm: 'realm1',
        kind: 'person',
        authid: 'guest',
        authrole: 'person',
        authmethod: 'told',
        transport: 'websocket',
        serializer: 'json',
        address: '127.0.0.1',
        agent: '',
        joined_at: house.clock.now(),
        expires_at: expiresAt,
      },
    ])
  })

  it('of a device are not those of a person of the same id', async () => {
    await house.device('guest')
    const guest = await house.person('guest')
    assert.equal(listed(await guest.call(sessionList)).length, 1)
  })

  it('are ended by the operator, and by whose they are', async () => {
    const operator = await house.operator()
    for (const caller of [operator, await house.person('guest')]) {
      const guest = await house.person('guest')
      assert.deepEqual(await caller.call(sessionKill, { session: guest.session }), {
        session: guest.session,
      })
      assert.deepEqual((await guest.client.next()).slice(0, 1), [6])
      await guest.client.closed
    }
  })

  it('that end themselves get their answer first, then GOODBYE', async () => {
    const guest = await house.person('guest')
    assert.deepEqual(await guest.call(sessionKill, { session: guest.session }), {
      session: guest.session,
    })
    assert.deepEqual(await guest.client.next(), [6, {}, 'wamp.close.killed'])
  })

  it('are not ended by others, who do not learn whether they are there', async () => {
    const guest = await house.person('guest')
    const owner = await house.person('owner')
    const [foreign, missing] = [
      await owner.refusal(sessionKill, { session: guest.session }),
      await owner.refusal(sessionKill, { session: 1 }),
    ]
    assert.deepEqual(foreign, missing)
    assert.equal(foreign.uri, denied)
    const operator = await house.operator()
    assert.equal(
      (await operator.refusal(sessionKill, { session: 1 })).uri,
      'latchkey.error.not_found',
    )
    assert.equal(
      (await operator.refusal(sessionKill, { session: 'all' })).uri,
      'wamp.error.invalid_argument',
    )
  })
})

describe('a session that is refreshed', () => {
  let house: House
  let provider: OpenIdProvider
  beforeEach(async () => {
    house = await startHouse()
    provider = await startOpenIdProvider({ people: ['aunt', 'uncle'], clock: house.clock })
    const operator = await house.operator()
    const { issuer, clientId } = provider
    await operator.call(idpAdd, { issuer, client_id: clientId })
    for (const id of ['aunt', 'uncle'])
      await operator.call(personCreate, { id, name: id, issuer, subject: id })
  })
  afterEach(async () => {
    await house.stop()
    await provider.stop()
  })

  const minuteMs = 60_000

  it('lives on until the newer token ends', async () => {
    const expiresAt = house.clock.now() + 10 * minuteMs
    const aunt = await house.as('person', 'aunt', 'realm1', { expiresAt })
    const token = await provider.token('aunt', { expiresInSeconds: 3_600 })
    const { expires_at: until } = await aunt.call(sessionRefresh, { token })
    assert.ok(Number(until) > expiresAt + 40 * minuteMs)
    house.clock.advance(20 * minuteMs)
    assert.equal(((await aunt.call(sessionList))['sessions'] as unknown[]).length, 1)
    house.clock.advance(45 * minuteMs)
    await aunt.client.closed
  })

  it('does not take another person’s token', async () => {
    const aunt = await house.person('aunt')
    const token = await provider.token('uncle')
    assert.equal(
      (await aunt.refusal(sessionRefresh, { token })).uri,
      'wamp.error.authentication_denied',
    )
  })

  it('does not take a token that is expired, altered or of a disabled person', async () => {
    const aunt = await house.person('aunt')
    const expired = await provider.token('aunt', { expiresInSeconds: -120 })
    const altered = `${(await provider.token('aunt')).slice(0, -8)}AAAAAAAA`
    for (const token of [expired, altered])
      assert.equal(
        (await aunt.refusal(sessionRefresh, { token })).uri,
        'wamp.error.authentication_denied',
      )
    const token = await provider.token('aunt')
    await house.ecosystems.people.disable('aunt')
    assert.equal(
      (await aunt.refusal(sessionRefresh, { token })).uri,
      'wamp.error.authentication_denied',
    )
  })

  it('does not take a token that ends before the one it has', async () => {
    const expiresAt = house.clock.now() + 50 * minuteMs
    const aunt = await house.as('person', 'aunt', 'realm1', { expiresAt })
    const token = await provider.token('aunt', { expiresInSeconds: 60 })
    assert.equal((await aunt.refusal(sessionRefresh, { token })).uri, 'wamp.error.invalid_argument')
  })

  it('is a person’s, not a device’s or the operator’s', async () => {
    const token = await provider.token('aunt')
    for (const caller of [await house.operator(), await house.device('lamp1')])
      assert.equal((await caller.refusal(sessionRefresh, { token })).uri, denied)
  })
})

describe('status and record', () => {
  let house: House
  beforeEach(async () => {
    house = await startHouse()
  })
  afterEach(() => house.stop())

  it('are told to the operator', async () => {
    const operator = await house.operator()
    house.clock.advance(5_000)
    const { realms, ...status } = await operator.call(statusGet)
    assert.deepEqual(status, {
      version: '0.0.0-test',
      house_key: house.services.proofs.keys.current.kid,
      started_at: house.services.startedAt,
      uptime_ms: 5_000,
      sessions: 1,
      audit_lost: 0,
      alarms: [],
    })
    const nothing = { events_withheld: 0, events_dropped: 0, events_unfit: 0 }
    assert.deepEqual(
      (realms as Record<string, unknown>[]).map(({ decisions: _decisions, ...row }) => row),
      [
        { realm: 'realm1', sessions: 1, ...nothing },
        { realm: 'realm2', sessions: 0, ...nothing },
      ],
    )
  })

  it('tell of each realm how often each action was allowed and denied', async () => {
    const operator = await house.operator()
    const decisions = async (): Promise<Record<string, { allowed: number; denied: number }>> => {
      const { realms } = await operator.call(statusGet)
      return (realms as { decisions: never }[])[0]?.decisions ?? {}
    }
    const before = await decisions()
    const after = await decisions()
    assert.deepEqual(Object.keys(after).toSorted(), ['call', 'publish', 'register', 'subscribe'])
    assert.deepEqual(after, {
      ...before,
      call: { allowed: (before['call']?.allowed ?? 0) + 1, denied: 0 },
    })
  })

  it('tell of each realm how many events did not reach a subscriber', async () => {
    const operator = await house.operator()
    const { undelivered } = house.open.realm1.broker
    undelivered.withheld += 2
    undelivered.dropped += 3
    const { realms } = await operator.call(statusGet)
    assert.deepEqual(
      (realms as Record<string, unknown>[]).map((row) => [
        row['events_withheld'],
        row['events_dropped'],
      ]),
      [
        [2, 3],
        [0, 0],
      ],
    )
  })

  it('are told to nobody else', async () => {
    const owner = await house.person('owner')
    for (const uri of [statusGet, auditList]) assert.equal((await owner.refusal(uri)).uri, denied)
  })

  it('are found by actor, outcome and place', async () => {
    const operator = await house.operator()
    const guest = await house.person('guest')
    for (const uri of [statusGet, auditList, idpAdd, personCreate, procedureUris.personList])
      await guest.refusal(uri)
    await operator.call(procedureUris.ecosystemCreate, { id: 'boat' })
    const records = async (query: Record<string, unknown>): Promise<Record<string, unknown>[]> =>
      (await operator.call(auditList, query))['records'] as Record<string, unknown>[]
    assert.equal((await records({ outcome: 'deny' })).length, 5)
    assert.equal((await records({ actor: 'operator:operator' })).length, 1)
    const [newest, second] = await records({ limit: 2 })
    assert.equal(newest?.['action'], 'ecosystem.create')
    const [next] = await records({ limit: 1, before: newest?.['seq'] })
    assert.equal(next?.['seq'], second?.['seq'])
    for (const wrong of [{ limit: 0 }, { limit: 1_001 }, { outcome: 'maybe' }])
      assert.equal((await operator.refusal(auditList, wrong)).uri, 'wamp.error.invalid_argument')
  })
})
