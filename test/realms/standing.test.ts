import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import { endSessionsOfTheFallen } from '../../realms/standing.ts'
import type { Authenticator, Authorizer } from '../../router/access.ts'
import { House } from '../ecosystems/house.ts'
import { MemoryClient } from '../support/memory-client.ts'
import { forever, memoryRouter, settled, type MemoryRouter } from '../support/memory-router.ts'

/** Lets everybody in as the person or device of that name. */
const byName: Authenticator = {
  method: 'anonymous',
  begin: ({ authid = '', authextra }) => ({
    kind: authextra['kind'] === 'device' ? 'device' : 'person',
    authid,
    authrole: 'any',
    authmethod: 'anonymous',
    authprovider: 'test',
  }),
}

describe('Whoever falls', () => {
  let house: House
  let home: MemoryRouter

  beforeEach(async () => {
    house = await House.open()
    await house.person('guest')
    await house.person('owner')
    const { people, epoch } = house.ecosystems
    const authorizer: Authorizer = ({ principal: { kind, authid } }) => ({
      allow: kind === 'device' || people.get(authid)?.status === 'active',
      until: forever,
      epochs: { root: epoch, parts: [{ counter: epoch, seen: epoch.value }] },
    })
    home = memoryRouter(authorizer, { realm: { authenticators: [byName] } })
    home.router.addRealm({ uri: 'realm2', authenticators: [byName], authorizer })
    endSessionsOfTheFallen(home.router, house.ecosystems)
  })

  const join = (authid: string, realm = 'realm1', authextra = {}): MemoryClient =>
    MemoryClient.join(home.router, realm, { authid, authextra, resumable: true })
  const joinMany = (count: number, name: (i: number) => string): MemoryClient[] =>
    Array.from({ length: count }, (_, i) => join(name(i)))
  const goodbye = [6, {}, 'wamp.close.killed']

  it('has no session any more when that is told, in no realm, nor one to come back to; others stay', async () => {
    const guests = [join('guest'), join('guest', 'realm2')]
    const away = join('guest')
    away.lose()
    const others = [join('owner'), join('guest', 'realm1', { kind: 'device' })]
    for (const client of [...guests, ...others]) client.take()
    await house.ecosystems.people.disable('guest')
    for (const client of guests) {
      assert.deepEqual([client.take(), client.closedFor], [[goodbye], 'goodbye'])
    }
    for (const client of others) {
      assert.deepEqual([client.take(), client.closedFor], [[], undefined])
    }
    assert.deepEqual([home.realm.sessions.size, home.router.resumption.detached], [2, 0])
  })

  it('loses 100 sessions among 10,000 others, which are not looked at', async () => {
    joinMany(10_000, (i) => `person_${i}`)
    const guests = joinMany(100, () => 'guest')
    let looked = 0
    const { sessions } = home.realm
    for (const name of ['values', 'entries', 'keys', 'forEach'] as const) {
      Object.defineProperty(sessions, name, {
        value: () => {
          looked++
          throw new Error('all sessions are walked through')
        },
      })
    }
    const began = performance.now()
    await house.ecosystems.people.disable('guest')
    while (guests.some(({ closedFor }) => closedFor === undefined)) await settled()
    const tookMs = performance.now() - began
    assert(tookMs < 100, `${tookMs} ms`)
    assert.deepEqual([looked, sessions.size], [0, 10_000])
  }).timeout(30_000)

  it('loses 10,000 sessions within 2 s: another’s calls are answered meanwhile, and nothing of theirs is taken', async () => {
    const guests = joinMany(10_000, () => 'guest')
    const [owner, listener, last] = [join('owner'), join('owner'), guests.at(-1)]
    listener.ask([64, 1, {}, 'lamp.switch'])
    last?.ask([32, 1, {}, 'house.lamp'])
    last?.ask([64, 2, {}, 'tv.play'])
    owner.send([48, 1, {}, 'tv.play'])
    const [invocation] = last?.take() ?? []
    const began = performance.now()
    await house.ecosystems.people.disable('guest')
    const open = (): number => home.realm.sessionsOf('person', 'guest').length
    assert(open() > 9_000, 'they end in turns')
    last?.send([70, invocation?.[1], {}, ['too late']])
    let answered = 0
    while (open() > 0) {
      last?.send([48, answered + 10, {}, 'lamp.switch'])
      owner.send([48, answered + 10, {}, 'lamp.switch'])
      owner.send([16, 2, {}, 'house.lamp'])
      const calls = listener.take()
      assert.equal(calls.length, 1)
      listener.send([70, calls[0]?.[1], {}])
      answered++
      await settled()
    }
    const tookMs = performance.now() - began
    assert(tookMs < 2_000, `${tookMs} ms`)
    // Each turn ends a share of them, and another's call got its answer in each.
    assert(answered > 50, `${answered} turns`)
    assert.deepEqual(last?.take(), [goodbye])
    assert.deepEqual(
      owner.take().filter(([type]) => type === 8),
      [[8, 48, 1, {}, 'wamp.error.canceled', ['the callee is gone']]],
    )
    assert(guests.every(({ closedFor }) => closedFor === 'goodbye'))
  }).timeout(60_000)
})
