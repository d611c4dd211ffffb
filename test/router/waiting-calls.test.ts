import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import type { Authorizer, Decision } from '../../router/access.ts'
import type { Limits } from '../../router/limits.ts'
import type { MemoryClient } from '../support/memory-client.ts'
import {
  deferred,
  forever,
  memoryRouter,
  settled,
  type Deferred,
  type MemoryRouter,
} from '../support/memory-router.ts'
import { allowAll } from '../support/open-router.ts'
import { json } from '../../router/wire/json.ts'
import { announcing } from '../support/roles.ts'

describe('A callee that registered with concurrency', () => {
  let house: MemoryRouter
  let device: MemoryClient
  let caller: MemoryClient

  const enter = (limits: Partial<Limits> = {}): void => {
    house = memoryRouter(allowAll, { limits })
    device = house.join()
    caller = house.join()
    device.ask([64, 1, { concurrency: 2, invoke: 'roundrobin' }, 'slow.work'])
  }
  const call = (from: number, to: number, options = {}): void => {
    for (let i = from; i <= to; i++) caller.send([48, i, options, 'slow.work', [i]])
  }
  const asked = (of: MemoryClient): unknown[] => of.take().map((message) => message[4])
  const kept = (): number | undefined =>
    house.realm.dealer.registrations.get('exact', 'slow.work')?.waitingCount
  const errors = (): [unknown, unknown][] =>
    caller.take().map((message) => [message[2], message[4]])

  it('gets so many calls at once; further ones wait, and come in order as it answers', () => {
    enter()
    call(1, 5)
    assert.deepEqual(asked(device), [[1], [2]])
    device.send([70, 2, {}, ['b']])
    assert.deepEqual(asked(device), [[3]])
    device.send([8, 68, 1, {}, 'some.error'])
    device.send([70, 3, {}])
    assert.deepEqual(asked(device), [[4], [5]])
    assert.deepEqual(caller.take()[0], [50, 2, {}, ['b']])
  })

  it('is passed over for others of the registration, and calls wait only when all are busy', () => {
    enter()
    const other = house.join()
    other.ask([64, 1, { concurrency: 1, invoke: 'roundrobin' }, 'slow.work'])
    call(1, 4)
    assert.deepEqual([asked(device), asked(other), kept()], [[[1], [3]], [[2]], 1])
    other.send([70, 1, {}])
    assert.deepEqual([asked(other), kept()], [[[4]], 0])
  })

  it('that is joined by another has its waiting calls taken', () => {
    enter()
    call(1, 4)
    const other = house.join()
    const [registered, ...calls] = other.ask([64, 1, { invoke: 'roundrobin' }, 'slow.work'])
    assert.equal(registered?.[0], 65)
    assert.deepEqual([calls.map((message) => message[4]), kept()], [[[3], [4]], 0])
  })

  it('never sees a waiting call that was canceled, timed out, or whose caller is gone', () => {
    enter()
    call(1, 2)
    caller.send([48, 3, {}, 'slow.work', [3]])
    caller.send([48, 4, { timeout: 100 }, 'slow.work', [4]])
    const other = house.join()
    other.send([48, 1, {}, 'slow.work', ['other']])
    caller.send([48, 5, {}, 'slow.work', [5]])
    caller.send([49, 3, { mode: 'kill' }])
    house.clock.advance(100)
    other.lose()
    assert.deepEqual(errors(), [
      [3, 'wamp.error.canceled'],
      [4, 'wamp.error.timeout'],
    ])
    device.take()
    device.send([70, 1, {}])
    device.send([70, 2, {}])
    assert.deepEqual(asked(device), [[5]])
  })

  it('that is gone leaves its waiting calls with no_such_procedure, and those under way with canceled', () => {
    enter()
    call(1, 3)
    device.lose()
    assert.deepEqual(
      new Map(errors()),
      new Map([
        [1, 'wamp.error.canceled'],
        [2, 'wamp.error.canceled'],
        [3, 'wamp.error.no_such_procedure'],
      ]),
    )
    const [session] = house.realm.sessions.values()
    assert.deepEqual([session?.ledger.calls.size, session?.ledger.keptBytes], [0, 0])
  })

  it('that has congested meanwhile is answered for with network_failure', () => {
    enter({ congestedBytes: 1_000 })
    call(1, 3)
    device.pendingBytes = 1_000
    device.send([70, 1, {}])
    assert.deepEqual(
      caller.take().map((message) => message[4] ?? message[0]),
      ['wamp.error.network_failure', 50],
    )
  })

  it('frees its place when a call is canceled, as its late answer is dropped anyway', () => {
    enter()
    call(1, 3)
    device.take()
    caller.send([49, 1, { mode: 'skip' }])
    assert.deepEqual(asked(device), [[3]])
  })

  it('has no more calls waiting than waitingCalls: ERROR unavailable, which names the bound', () => {
    enter({ waitingCalls: 2 })
    call(1, 5)
    const [refusal] = caller.take()
    assert.deepEqual([refusal?.[2], refusal?.[4]], [5, 'wamp.error.unavailable'])
    assert.match(String(refusal?.[5]), /more than 2 calls wait/)
  })

  it('has no more waiting for it of one session than keptCallBytes: ERROR unavailable, which names the bound', () => {
    enter({ keptCallBytes: 1_000 })
    call(1, 2)
    for (const request of [3, 4]) {
      caller.send([48, request, {}, 'slow.work', ['x'.repeat(600)]])
    }
    const [refusal] = caller.take()
    assert.deepEqual([refusal?.[2], refusal?.[4]], [4, 'wamp.error.unavailable'])
    assert.match(String(refusal?.[5]), /more than 1000 bytes/)
  })

  it('with a shard key looks for its callee once, however often another call ends', () => {
    enter()
    const others = [house.join(), house.join()]
    for (const other of others) {
      other.ask([64, 1, { concurrency: 1, invoke: 'roundrobin' }, 'slow.work'])
    }
    const { createHash } = crypto
    let hashed = 0
    try {
      crypto.createHash = (...args) => {
        hashed++
        return createHash(...args)
      }
      syncBuiltinESMExports()
      call(1, 12, { runmode: 'partition', rkey: 'kitchen' })
      const holder = [device, ...others].find(({ received }) => received.length > 0)
      for (let i = 0; i < 12; i++) {
        const [[, invocation] = []] = holder?.received.splice(0, 1) ?? []
        holder?.send([70, invocation, {}])
      }
    } finally {
      crypto.createHash = createHash
      syncBuiltinESMExports()
    }
    assert.equal(caller.take().length, 12)
    // Once for each of three callees.
    assert.equal(hashed, 36)
  })

  it('takes no call in parts beyond that, as parts do not wait', () => {
    house = memoryRouter()
    const able = announcing({ callee: ['progressive_call_invocations', 'call_canceling'] })
    device = house.join(able)
    caller = house.join()
    device.ask([64, 1, { concurrency: 1 }, 'slow.work'])
    call(1, 1)
    const [refusal] = caller.ask([48, 2, { progress: true }, 'slow.work'])
    assert.equal(refusal?.[4], 'wamp.error.unavailable')
  })

  it('gives its waiting calls to nobody when their caller leaves with one under way', () => {
    enter()
    call(1, 4)
    device.take()
    caller.lose()
    assert.deepEqual([asked(device), kept()], [[], 0])
  })
})

describe('A call that may be re-routed', () => {
  it('is kept only up to keptCallBytes; beyond, it is sent to one callee alone', () => {
    const house = memoryRouter(allowAll, { limits: { keptCallBytes: 1_000 } })
    const [a, b, caller] = [house.join(), house.join(), house.join()]
    for (const device of [a, b]) device.ask([64, 1, { invoke: 'first' }, 'some.work'])
    for (const request of [1, 2]) caller.send([48, request, {}, 'some.work', ['x'.repeat(600)]])
    for (const invocation of [1, 2]) a.send([8, 68, invocation, {}, 'wamp.error.unavailable'])
    assert.deepEqual(
      b.take().map(([type]) => type),
      [68],
    )
    const [refusal] = caller.take()
    assert.deepEqual([refusal?.[2], refusal?.[4]], [2, 'wamp.error.no_available_callee'])
    b.send([70, 1, {}])
    const sessions = [...house.realm.sessions.values()]
    assert(sessions.every(({ ledger }) => ledger.keptBytes === 0 && ledger.calls.size === 0))
  })

  it('is kept without its options, and without the frame in which it came', () => {
    const { join, realm } = memoryRouter()
    const [device, caller] = [join(), join()]
    device.ask([64, 1, { concurrency: 1, invoke: 'roundrobin' }, 'some.work'])
    // One of them is under way, the other waits.
    for (const request of [1, 2]) {
      caller.send([48, request, { more: 'x'.repeat(100_000) }, 'some.work', ['payload']])
    }
    const calls = [...realm.sessions.values()].flatMap(({ ledger }) => [...ledger.calls.values()])
    assert.deepEqual(
      calls.map(({ payload }) => payload?.tailFor(json).toString()),
      ['["payload"]', '["payload"]'],
    )
    for (const { payload } of calls) {
      const { buffer } = payload?.tailFor(json) ?? {}
      assert(buffer !== undefined && buffer.byteLength < 50_000)
    }
  })

  it('is not, once a part of its answer went to the caller', () => {
    const { join } = memoryRouter()
    const able = announcing({ callee: ['progressive_call_results', 'call_canceling'] })
    const [a, b, caller] = [join(able), join(able), join()]
    for (const device of [a, b]) device.ask([64, 1, { invoke: 'first' }, 'some.work'])
    caller.send([48, 1, { receive_progress: true }, 'some.work'])
    a.send([70, 1, { progress: true }, ['begun']])
    a.send([8, 68, 1, {}, 'wamp.error.unavailable'])
    assert.deepEqual(b.take(), [])
    assert.deepEqual(
      caller.take().map((message) => message[4] ?? message[3]),
      [['begun'], 'wamp.error.no_available_callee'],
    )
  })

  it('is not, once its caller canceled it with kill: that ends with canceled', () => {
    const { join } = memoryRouter()
    const able = announcing({ callee: ['call_canceling'] })
    const [a, b, caller] = [join(able), join(able), join()]
    for (const device of [a, b]) device.ask([64, 1, { invoke: 'first' }, 'some.work'])
    caller.send([48, 1, {}, 'some.work'])
    caller.send([49, 1, { mode: 'kill' }])
    a.send([8, 68, 1, {}, 'wamp.error.unavailable'])
    assert.deepEqual(b.take(), [])
    assert.deepEqual(caller.take(), [[8, 48, 1, {}, 'wamp.error.canceled']])
  })

  it('goes past callees that do not take their messages', () => {
    const { join } = memoryRouter(allowAll, { limits: { congestedBytes: 1_000 } })
    const [a, b, c, caller] = [join(), join(), join(), join()]
    for (const device of [a, b, c]) device.ask([64, 1, { invoke: 'first' }, 'some.work'])
    b.pendingBytes = 1_000
    caller.send([48, 1, {}, 'some.work'])
    a.send([8, 68, 1, {}, 'wamp.error.unavailable'])
    assert.deepEqual([b.take(), c.take()[0]?.[0]], [[], 68])
    c.send([8, 68, 1, {}, 'wamp.error.unavailable'])
    assert.equal(caller.take()[0]?.[4], 'wamp.error.network_failure')
  })
})

describe('The right to a call that waits, or is re-routed,', () => {
  const rights = { value: 0 }
  let answers: Deferred<Decision>[]
  let house: MemoryRouter
  let device: MemoryClient
  let other: MemoryClient
  let caller: MemoryClient

  /** Calls are allowed until the rights move; then the authorizer says what `later` is, or has to be waited for. */
  const enter = (later: Authorizer): void => {
    rights.value = 0
    answers = []
    house = memoryRouter((request) => {
      if (request.action === 'call' && rights.value > 0) return later(request)
      const parts = [{ counter: rights, seen: rights.value }]
      return { allow: true, until: forever, epochs: { root: rights, parts } }
    })
    const able = announcing({ callee: ['progressive_call_invocations', 'call_canceling'] })
    ;[device, other, caller] = [house.join(able), house.join(able), house.join()]
    device.ask([64, 1, { concurrency: 1, invoke: 'first' }, 'some.work'])
  }
  const deny: Authorizer = () => ({ allow: false })
  const ask: Authorizer = () => {
    const answer = deferred<Decision>()
    answers.push(answer)
    return answer.promise
  }
  const answerAll = async (allow: boolean): Promise<void> => {
    for (const { resolve } of answers.splice(0)) resolve({ allow, until: forever })
    await settled()
  }
  /** The first is under way and the second waits, when the rights move and the first ends. */
  const wait = (): void => {
    for (const request of [1, 2]) caller.send([48, request, {}, 'some.work', [request]])
    device.take()
    rights.value++
    device.send([70, 1, {}])
  }
  const told = (): unknown[] => caller.take().map((message) => message[4] ?? message[0])
  const unavailable = [8, 68, 1, {}, 'wamp.error.unavailable']
  const reroute = (options = {}): void => {
    other.ask([64, 1, { invoke: 'first' }, 'some.work'])
    caller.send([48, 1, options, 'some.work'])
    rights.value++
    device.send(unavailable)
  }

  it('is looked at again when its turn comes: who has lost it is denied, and the callee never asked', () => {
    enter(deny)
    wait()
    assert.deepEqual(told(), ['wamp.error.not_authorized', 50])
    assert.deepEqual(device.take(), [])
  })

  it('is looked at again before the next callee is asked', () => {
    enter(deny)
    reroute()
    assert.deepEqual([told(), other.take()], [['wamp.error.not_authorized'], []])
  })

  it('may be asked for elsewhere: the call waits for that, and goes on or is denied', async () => {
    for (const allow of [true, false]) {
      enter(ask)
      wait()
      assert.deepEqual([device.take(), told()], [[], [50]])
      await answerAll(allow)
      assert.deepEqual(
        [device.take().map((message) => message[4]), told()],
        allow ? [[[2]], []] : [[], ['wamp.error.not_authorized']],
      )
      enter(ask)
      reroute()
      assert.deepEqual([other.take(), caller.take()], [[], []])
      await answerAll(allow)
      assert.deepEqual([other.take().length, caller.take().length], allow ? [1, 0] : [0, 1])
    }
  })

  it('does not bring back a call that was canceled meanwhile, nor one whose callees have left', async () => {
    enter(ask)
    wait()
    caller.send([49, 2, {}])
    assert.deepEqual(told(), [50, 'wamp.error.canceled'])
    await answerAll(true)
    assert.deepEqual([device.take(), caller.take()], [[], []])
    enter(ask)
    wait()
    device.lose()
    await answerAll(true)
    assert.deepEqual(told(), [50, 'wamp.error.no_such_procedure'])
    const sessions = [...house.realm.sessions.values()]
    assert(sessions.every(({ ledger }) => ledger.keptBytes === 0 && ledger.calls.size === 0))
  })

  it('ends a call in parts whose next part comes while it is asked for, as that cannot be sent again', async () => {
    enter(ask)
    reroute({ progress: true })
    caller.send([48, 1, { progress: true }, 'some.work'])
    answers.pop()?.resolve({ allow: true })
    await settled()
    assert.deepEqual(told(), ['wamp.error.no_available_callee'])
    await answerAll(true)
    assert.deepEqual([other.take(), told()], [[], []])
  })
})
