import assert from 'node:assert/strict'
import type { Claim, Claims } from '../../router/claims.ts'
import {
  deferred,
  memoryRouter,
  settled,
  type Deferred,
  type MemoryRouter,
} from '../support/memory-router.ts'
import { allowAll } from '../support/open-router.ts'

/** Claims that are answered by promises, as where several nodes share a realm. */
class FarClaims implements Claims {
  readonly asked: (Deferred<boolean> & { readonly procedure: string })[] = []
  readonly released: string[] = []

  claim({ procedure }: Claim): boolean | Promise<boolean> {
    if (procedure.startsWith('near.')) return procedure !== 'near.taken'
    if (procedure === 'broken.at_once') throw new Error('the bus is down')
    const answer = deferred<boolean>()
    this.asked.push({ ...answer, procedure })
    return answer.promise
  }

  release({ procedure }: Claim): void {
    this.released.push(procedure)
    if (procedure === 'near.unreleasable') throw new Error('the bus is down')
  }
}

describe('A claim of a procedure', () => {
  let claims: FarClaims
  let house: MemoryRouter

  beforeEach(() => {
    claims = new FarClaims()
    const limits = { claimMs: 1_000, registrations: 3 }
    house = memoryRouter(allowAll, { realm: { claims }, limits })
  })

  it('that is granted at once is answered at once', () => {
    const device = house.join()
    assert.equal(device.ask([64, 1, {}, 'near.switch'])[0]?.[0], 65)
  })

  it('that is refused at once is procedure_already_exists', () => {
    const device = house.join()
    assert.deepEqual(device.ask([64, 1, {}, 'near.taken']), [
      [8, 64, 1, {}, 'wamp.error.procedure_already_exists'],
    ])
  })

  it('that is granted later is answered then, and calls reach it from then on', async () => {
    const [device, caller] = [house.join(), house.join()]
    device.send([64, 1, {}, 'far.switch'])
    assert.equal(caller.ask([48, 1, {}, 'far.switch'])[0]?.[4], 'wamp.error.no_such_procedure')
    claims.asked[0]?.resolve(true)
    await settled()
    const [registered] = device.take()
    assert.deepEqual(registered?.slice(0, 2), [65, 1])
    caller.send([48, 2, {}, 'far.switch'])
    assert.deepEqual(device.take()[0]?.slice(0, 3), [68, 1, registered?.[2]])
  })

  it('that is refused later is procedure_already_exists, and nothing stays of it', async () => {
    const device = house.join()
    device.send([64, 1, {}, 'far.switch'])
    claims.asked[0]?.resolve(false)
    await settled()
    assert.deepEqual(device.take(), [[8, 64, 1, {}, 'wamp.error.procedure_already_exists']])
    device.send([64, 2, {}, 'far.switch'])
    claims.asked[1]?.resolve(true)
    await settled()
    assert.equal(device.take()[0]?.[0], 65)
    assert.deepEqual(claims.released, [])
  })

  it('that fails, at once or later, is wamp.error.unavailable and logged, without details', async () => {
    const device = house.join()
    const text = ['the procedure cannot be claimed now']
    assert.deepEqual(device.ask([64, 1, {}, 'broken.at_once']), [
      [8, 64, 1, {}, 'wamp.error.unavailable', text],
    ])
    device.send([64, 2, {}, 'far.switch'])
    claims.asked[0]?.reject(new Error('the bus is down'))
    await settled()
    assert.deepEqual(device.take(), [[8, 64, 2, {}, 'wamp.error.unavailable', text]])
    assert.deepEqual(
      house.logged.map(({ message, details }) => `${message}: ${String(details?.error)}`),
      Array(2).fill('a procedure could not be claimed: Error: the bus is down'),
    )
    device.send([64, 3, {}, 'far.switch'])
    claims.asked[1]?.resolve(true)
    await settled()
    assert.equal(device.take()[0]?.[0], 65)
  })

  it('that is not answered in time is wamp.error.unavailable; granted after all, it is released', async () => {
    const device = house.join()
    device.send([64, 1, {}, 'far.switch'])
    house.clock.advance(999)
    await settled()
    assert.deepEqual(device.take(), [])
    house.clock.advance(1)
    await settled()
    assert.equal(device.take()[0]?.[4], 'wamp.error.unavailable')
    assert.deepEqual(claims.released, [])
    claims.asked[0]?.resolve(true)
    await settled()
    assert.deepEqual(claims.released, ['far.switch'])
    assert.equal(house.realm.dealer.registrations.size, 0)
  })

  it('that is granted to who has left meanwhile is released', async () => {
    const device = house.join()
    device.send([64, 1, {}, 'far.switch'])
    device.lose()
    claims.asked[0]?.resolve(true)
    await settled()
    assert.deepEqual(claims.released, ['far.switch'])
    assert.equal(house.realm.dealer.registrations.size, 0)
    const other = house.join()
    other.send([64, 1, {}, 'far.switch'])
    claims.asked[1]?.resolve(true)
    await settled()
    assert.equal(other.take()[0]?.[0], 65)
  })

  it('that is refused to who has left meanwhile is not released: another holds it', async () => {
    const device = house.join()
    device.send([64, 1, {}, 'far.switch'])
    device.lose()
    claims.asked[0]?.resolve(false)
    await settled()
    assert.deepEqual(claims.released, [])
  })

  it('under way keeps a second REGISTER out, without asking again', async () => {
    const [device, other] = [house.join(), house.join()]
    device.send([64, 1, {}, 'far.switch'])
    for (const client of [device, other]) {
      const [refusal] = client.ask([64, 2, {}, 'far.switch'])
      assert.deepEqual(refusal?.slice(0, 3), [8, 64, 2])
      assert.equal(refusal[4], 'wamp.error.procedure_already_exists')
    }
    assert.equal(claims.asked.length, 1)
    claims.asked[0]?.resolve(true)
    await settled()
    assert.equal(device.take()[0]?.[0], 65)
  })

  it('that is to take a procedure over keeps out who would share what there is now', async () => {
    const [first, second, third] = [house.join(), house.join(), house.join()]
    first.send([64, 1, { invoke: 'roundrobin' }, 'far.switch'])
    claims.asked[0]?.resolve(true)
    await settled()
    second.send([64, 1, { force_reregister: true }, 'far.switch'])
    const [refusal] = third.ask([64, 1, { invoke: 'roundrobin' }, 'far.switch'])
    assert.equal(refusal?.[4], 'wamp.error.procedure_already_exists')
    claims.asked[1]?.resolve(true)
    await settled()
    const registration = house.realm.dealer.registrations.get('exact', 'far.switch')
    assert.deepEqual([registration?.invoke, registration?.callees.size], ['single', 1])
  })

  it('does not hold up the session’s other messages', async () => {
    const device = house.join()
    device.send([64, 1, {}, 'far.switch'])
    assert.equal(device.ask([64, 2, {}, 'near.switch'])[0]?.[0], 65)
    assert.equal(device.ask([16, 3, { acknowledge: true }, 'a.b'])[0]?.[0], 17)
    assert.equal(device.ask([48, 4, {}, 'nobody.here'])[0]?.[4], 'wamp.error.no_such_procedure')
    claims.asked[0]?.resolve(true)
    await settled()
    assert.deepEqual(device.take()[0]?.slice(0, 2), [65, 1])
  })

  it('under way counts among the session’s registrations', async () => {
    const device = house.join()
    for (let i = 1; i <= 3; i++) device.send([64, i, {}, `far.switch${i}`])
    assert.equal(device.ask([64, 4, {}, 'far.switch4'])[0]?.[4], 'wamp.error.unavailable')
    claims.asked[0]?.resolve(false)
    await settled()
    device.take()
    assert.equal(device.ask([64, 5, {}, 'near.switch'])[0]?.[0], 65)
  })

  it('is released once when its holder unregisters or leaves, whatever the release comes to', () => {
    const device = house.join()
    const [registered] = device.ask([64, 1, {}, 'near.a'])
    device.ask([64, 2, {}, 'near.unreleasable'])
    device.ask([64, 3, {}, 'near.b'])
    assert.deepEqual(device.ask([66, 4, registered?.[2]]), [[67, 4]])
    device.lose()
    assert.deepEqual(claims.released, ['near.a', 'near.unreleasable', 'near.b'])
    assert.equal(house.logged[0]?.message, 'a procedure could not be released')
    assert.equal(house.realm.dealer.registrations.size, 0)
    assert.equal(house.realm.sessions.size, 0)
  })
})
