import assert from 'node:assert/strict'
import type { Decision } from '../../router/access.ts'
import { WampError } from '../../router/wire/errors.ts'
import { countOperations } from '../support/count-operations.ts'
import type { MemoryClient } from '../support/memory-client.ts'
import { deferred, memoryRouter, settled, type MemoryRouter } from '../support/memory-router.ts'

/** A house whose calls are counted by `consume`. */
function counted(consume: () => void | Promise<void>, rest: Partial<Decision> = {}): MemoryRouter {
  return memoryRouter(
    ({ action }) =>
      action === 'call' ? { allow: true, until: Infinity, consume, ...rest } : { allow: true },
    { limits: { decisionMs: 1_000 } },
  )
}

describe('A call whose uses are counted', () => {
  let device: MemoryClient
  let caller: MemoryClient

  const enter = (house: MemoryRouter): MemoryRouter => {
    device = house.join()
    caller = house.join()
    device.ask([64, 1, {}, 'door.unlock'])
    return house
  }

  it('is counted each time, after the match and before the message goes out', () => {
    const seen: number[] = []
    enter(counted(() => void seen.push(device.received.length)))
    caller.send([48, 1, {}, 'nobody.here'])
    assert.deepEqual(seen, [])
    caller.send([48, 2, {}, 'door.unlock'])
    caller.send([48, 3, {}, 'door.unlock'])
    assert.deepEqual(seen, [0, 1])
    assert.equal(device.take().length, 2)
  })

  it('is denied with the error of who lost the race for the last use', () => {
    let left = 2
    enter(
      counted(() => {
        if (left-- > 0) return
        const kwargs = { uses: 0 }
        throw new WampError('wamp.error.not_authorized', 'used up', { kwargs })
      }),
    )
    for (let i = 1; i <= 3; i++) caller.send([48, i, {}, 'door.unlock'])
    assert.equal(device.take().length, 2)
    assert.deepEqual(caller.take(), [[8, 48, 3, {}, 'wamp.error.not_authorized', [], { uses: 0 }]])
  })

  it('is denied with authorization_failed when counting breaks, which is logged', async () => {
    for (const broken of [
      () => {
        throw new Error('disk full')
      },
      () => Promise.reject(new Error('disk full')),
    ]) {
      const { logged } = enter(counted(broken))
      caller.send([48, 1, {}, 'door.unlock'])
      await settled()
      assert.deepEqual(caller.take(), [[8, 48, 1, {}, 'wamp.error.authorization_failed']])
      assert.deepEqual(device.take(), [])
      assert.equal(logged.length, 1)
    }
  })

  it('is denied with authorization_failed when counting takes too long', async () => {
    const { clock } = enter(counted(() => new Promise(() => undefined)))
    caller.send([48, 1, {}, 'door.unlock'])
    clock.advance(1_000)
    await settled()
    assert.deepEqual(caller.take(), [[8, 48, 1, {}, 'wamp.error.authorization_failed']])
    assert.deepEqual(device.take(), [])
  })

  it('waits for a count that takes its time, and the caller’s next messages wait with it', async () => {
    const count = deferred<void>()
    enter(counted(() => count.promise))
    caller.send([48, 1, {}, 'door.unlock', ['first']])
    caller.send([16, 2, { acknowledge: true }, 'a.b'])
    assert.deepEqual([device.take(), caller.take()], [[], []])
    count.resolve()
    await settled()
    assert.deepEqual(device.take()[0]?.[4], ['first'])
    assert.equal(caller.take()[0]?.[0], 17)
  })

  it('is denied when the right fell while it was counted', async () => {
    const count = deferred<void>()
    const rights = { value: 0 }
    const epochs = { root: rights, parts: [{ counter: rights, seen: 0 }] }
    enter(counted(() => count.promise, { epochs }))
    caller.send([48, 1, {}, 'door.unlock'])
    rights.value++
    count.resolve()
    await settled()
    assert.deepEqual(caller.take(), [[8, 48, 1, {}, 'wamp.error.not_authorized']])
    assert.deepEqual(device.take(), [])
  })

  it('finds no callee that left or unregistered while it was counted', async () => {
    for (const end of [() => device.lose(), () => device.send([66, 9, 1])]) {
      const count = deferred<void>()
      enter(counted(() => count.promise))
      caller.send([48, 1, {}, 'door.unlock'])
      end()
      device.take()
      count.resolve()
      await settled()
      assert.equal(caller.take()[0]?.[4], 'wamp.error.no_such_procedure')
      assert.deepEqual(device.take(), [])
    }
  })

  it('of a caller who left while it was counted goes nowhere', async () => {
    const count = deferred<void>()
    enter(counted(() => count.promise))
    caller.send([48, 1, {}, 'door.unlock'])
    caller.lose()
    count.resolve()
    await settled()
    assert.deepEqual(device.take(), [])
  })
})

describe('Leaving', () => {
  it('costs what the session owns, however much there is of others', () => {
    const { realm, join } = memoryRouter()
    // A house full of others' calls, procedures and subscriptions.
    const callee = join()
    callee.ask([64, 1, {}, 'slow.procedure'])
    for (let s = 0; s < 50; s++) {
      const other = join()
      other.ask([64, 1, {}, `other.procedure${s}`])
      for (let i = 1; i <= 20; i++) {
        other.ask([32, i, {}, `topic.number${i}`])
        other.ask([48, i, {}, 'slow.procedure'])
      }
    }
    const leaver = join()
    leaver.ask([64, 1, {}, 'leaver.procedure'])
    leaver.ask([32, 1, {}, 'topic.number1'])
    leaver.ask([32, 2, {}, 'leaver.topic'])
    leaver.ask([48, 1, {}, 'slow.procedure'])
    callee.take()
    const operations = countOperations(() => leaver.lose())
    assert.equal(realm.sessions.size, 51)
    assert.equal(realm.dealer.registrations.size, 51)
    assert.equal(realm.broker.size, 20)
    assert(operations < 50, `${operations} operations on maps`)
  })

  it('in the middle of a call to oneself leaves nothing', () => {
    const { realm, join } = memoryRouter()
    const client = join({ roles: { caller: {}, callee: { features: { call_canceling: true } } } })
    client.ask([64, 1, {}, 'my.procedure'])
    client.ask([48, 1, {}, 'my.procedure'])
    const [session] = realm.sessions.values()
    client.lose()
    assert.deepEqual(
      [session?.ledger.calls.size, session?.ledger.invocations.size, realm.sessions.size],
      [0, 0, 0],
    )
    assert.deepEqual(client.take(), [])
  })
})

describe('A session that has overflowed', () => {
  it('ends with the tick, not in the middle of what is done to others', async () => {
    const { realm, join } = memoryRouter(undefined, {
      limits: { pendingBytes: 1_000, congestedBytes: 1_000 },
    })
    // Each waits for an answer of the next, and none of them reads: one end brings the next.
    const chain = Array.from({ length: 3_000 }, () => join())
    chain.forEach((client, i) => client.ask([64, 1, {}, `link.number${i}`]))
    chain.forEach((client, i) => client.ask([48, 1, {}, `link.number${i + 1}`]))
    for (const client of chain) client.pendingBytes = 1_001
    const sessions = [...realm.sessions.values()]
    chain.at(-1)?.lose()
    assert.equal(realm.sessions.size, 2_999)
    for (let i = 0; i < 3_100 && realm.sessions.size > 0; i++) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    assert.equal(realm.sessions.size, 0)
    assert(sessions.every(({ gone }) => gone))
    assert.equal(realm.dealer.registrations.size, 0)
  })
})
