import assert from 'node:assert/strict'
import { pickEndpoint } from '../../router/invoke-policies.ts'
import type { Peer } from '../../router/peer.ts'
import type { Registration } from '../../router/registration.ts'
import { rendezvous } from '../../router/rendezvous.ts'
import { countOperations } from '../support/count-operations.ts'
import { memoryRouter } from '../support/memory-router.ts'
import { allowAll } from '../support/open-router.ts'

describe('Registrations', () => {
  it('are found by id, by match policy and URI, as the best for a URI, and all in order', () => {
    const { realm, join, clock } = memoryRouter()
    const device = join()
    const offers = [
      ['exact', 'lamp.switch'],
      ['prefix', 'lamp'],
      ['wildcard', '.switch'],
    ] as const
    for (const [i, [match, uri]] of offers.entries()) device.ask([64, i + 1, { match }, uri])
    const { registrations } = realm.dealer
    const all = [...registrations.all()]
    assert.deepEqual(
      all.map(({ match, procedure }) => [match, procedure]),
      offers.map((offer) => [...offer]),
    )
    for (const registration of all) {
      const { id, match, procedure } = registration
      assert.equal(registrations.byId(id), registration)
      assert.equal(registrations.get(match, procedure), registration)
      assert.deepEqual([registration.invoke, registration.createdAt], ['single', clock.now()])
      assert.equal(registration.callees.size, 1)
    }
    assert.equal(registrations.best('lamp.switch'), all[0])
    assert.equal(registrations.best('lamp.other'), all[1])
    assert.equal(registrations.best('tv.switch'), all[2])
    assert.equal(registrations.best('tv.other'), undefined)
    device.lose()
    assert.deepEqual([registrations.size, registrations.best('lamp.switch')], [0, undefined])
  })

  it('of patterns below a reserved root must name it; broad ones never get what is there', () => {
    const { realm, join } = memoryRouter(allowAll, { realm: { reservedRoots: ['latchkey'] } })
    const device = join()
    const offers = [
      ['prefix', ''],
      ['prefix', 'latch'],
      ['prefix', 'latchkey'],
      ['wildcard', '.device.list'],
      ['wildcard', '..'],
    ] as const
    for (const [i, [match, uri]] of offers.entries()) device.ask([64, i + 1, { match }, uri])
    const { registrations } = realm.dealer
    assert.equal(registrations.best('latchkey.device.list'), undefined)
    assert.equal(registrations.best('latchkey'), undefined)
    assert.equal(registrations.best('latchkeys.device.list')?.procedure, 'latchkey')
    device.ask([64, 8, { match: 'wildcard' }, 'latchkey..list'])
    assert.equal(registrations.best('latchkey.device.list')?.procedure, 'latchkey..list')
    device.ask([64, 9, { match: 'prefix' }, 'latchkey.'])
    assert.equal(registrations.best('latchkey.device.list')?.procedure, 'latchkey.')
  })

  it('tell their observers of create, register, unregister and delete, also when a session leaves', () => {
    const { realm, join } = memoryRouter()
    const seen: unknown[] = []
    const names = (peer: Peer, { callees, procedure }: Registration): unknown[] => [
      procedure,
      callees.has(peer),
      peer.ledger.registrations.size,
      realm.dealer.registrations.size,
    ]
    realm.dealer.observe({
      added: (peer, what, created) => seen.push(['added', created, ...names(peer, what)]),
      removed: (peer, what, deleted) => seen.push(['removed', deleted, ...names(peer, what)]),
    })
    const [one, other] = [join(), join()]
    const [registered] = one.ask([64, 1, { invoke: 'first' }, 'lamp.switch'])
    other.ask([64, 1, { invoke: 'first' }, 'lamp.switch'])
    other.ask([64, 2, {}, 'tv.switch'])
    one.ask([66, 2, registered?.[2]])
    other.lose()
    assert.deepEqual(seen, [
      ['added', true, 'lamp.switch', true, 1, 1],
      ['added', false, 'lamp.switch', true, 1, 1],
      ['added', true, 'tv.switch', true, 2, 2],
      ['removed', false, 'lamp.switch', false, 0, 2],
      ['removed', true, 'lamp.switch', false, 0, 0],
      ['removed', true, 'tv.switch', false, 0, 0],
    ])
  })

  it('pass over callees that do not take their messages, where there are others, with each policy', () => {
    for (const invoke of ['first', 'last', 'roundrobin', 'random']) {
      const { join } = memoryRouter(allowAll, { limits: { congestedBytes: 1_000 } })
      const devices = ['a', 'b', 'c'].map((authid) => join({ authid }))
      const caller = join()
      for (const device of devices) device.ask([64, 1, { invoke }, 'lamp.switch'])
      for (const device of [devices[0], devices[2]]) if (device) device.pendingBytes = 1_000
      for (let i = 1; i <= 6; i++) caller.send([48, i, {}, 'lamp.switch'])
      assert.deepEqual(
        devices.map((device) => device.take().length),
        [0, 6, 0],
        invoke,
      )
      if (devices[1]) devices[1].pendingBytes = 1_000
      assert.equal(caller.ask([48, 7, {}, 'lamp.switch'])[0]?.[4], 'wamp.error.network_failure')
    }
  })

  it('with roundrobin share out calls evenly while callees come and go', () => {
    const { join, realm } = memoryRouter()
    const devices = Array.from({ length: 4 }, () => join())
    const caller = join()
    for (const device of devices) device.ask([64, 1, { invoke: 'roundrobin' }, 'lamp.switch'])
    let request = 0
    const call = (times: number): void => {
      for (let i = 0; i < times; i++) caller.send([48, ++request, {}, 'lamp.switch'])
    }
    call(6)
    devices[1]?.lose()
    call(3)
    const late = join()
    late.ask([64, 1, { invoke: 'roundrobin' }, 'lamp.switch'])
    call(4)
    const counts = [...devices, late].map((device) => device.take().length)
    // a b c d a b | c d a | c d late a
    assert.deepEqual(counts, [4, 2, 3, 3, 1])
    const [registration] = realm.dealer.registrations.all()
    assert(registration !== undefined)
    assert.equal(pickEndpoint(registration, 0), registration.endpoints[1])
  })

  it('lose one of very many callees at a cost that does not grow with their number', () => {
    const cost = (count: number): number => {
      const { join } = memoryRouter()
      const devices = Array.from({ length: count }, () => join())
      for (const device of devices) device.ask([64, 1, { invoke: 'random' }, 'lamp.switch'])
      return countOperations(() => devices[1]?.lose())
    }
    assert.equal(cost(200), cost(3))
  })
})

describe('A rendezvous', () => {
  it('gives a key to the same one always, and moves only the keys of who is gone', () => {
    const all = Array.from({ length: 8 }, (_, i) => i + 1)
    const keys = Array.from({ length: 400 }, (_, i) => `key ${i}`)
    const chosen = (among: number[]): (number | undefined)[] =>
      keys.map((key) => rendezvous(key, among, (name) => name))
    const before = chosen(all)
    assert.deepEqual(chosen(all.toReversed()), before)
    for (const one of all) {
      const share = before.filter((name) => name === one).length
      assert(share > 20 && share < 90, `${one} has ${share} of 400`)
    }
    chosen(all.filter((name) => name !== 3)).forEach((name, i) => {
      if (before[i] !== 3) assert.equal(name, before[i])
    })
    assert.equal(rendezvous('key', [], String), undefined)
  })
})
