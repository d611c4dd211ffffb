import assert from 'node:assert/strict'
import type { MemoryClient } from '../support/memory-client.ts'
import { memoryRouter, type MemoryRouter } from '../support/memory-router.ts'
import { announcing } from '../support/roles.ts'
import type { Wire } from '../support/wamp-client.ts'

const canceling = announcing({ callee: ['call_canceling', 'progressive_call_results'] })

describe('A call with a timeout', () => {
  let house: MemoryRouter
  let device: MemoryClient
  let caller: MemoryClient
  let idle: number

  const enter = (callee: Record<string, unknown> = canceling, options = {}): void => {
    house = memoryRouter()
    device = house.join(callee)
    caller = house.join()
    device.ask([64, 1, options, 'slow.work'])
    idle = house.clock.waiting
  }
  const errorOf = ([message]: Wire[]): unknown[] | undefined => message?.slice(0, 5)
  const timedOut = [8, 48, 1, {}, 'wamp.error.timeout']

  it('in milliseconds ends with wamp.error.timeout when they have passed, not before', () => {
    enter()
    caller.send([48, 1, { timeout: 1_500 }, 'slow.work'])
    house.clock.advance(1_499)
    assert.deepEqual(caller.take(), [])
    house.clock.advance(1)
    assert.deepEqual(errorOf(caller.take()), timedOut)
  })

  it('is timed by the router in milliseconds; of 0, or without one, it takes as long as it takes, and no timer runs', () => {
    enter()
    caller.send([48, 9, { timeout: 250 }, 'slow.work'])
    assert.equal(house.clock.waiting, idle + 1)
    house.clock.advance(249)
    assert.deepEqual(caller.take(), [])
    house.clock.advance(1)
    assert.deepEqual(caller.take()[0]?.slice(0, 3), [8, 48, 9])
    caller.send([48, 10, { timeout: 0 }, 'slow.work'])
    caller.send([48, 11, {}, 'slow.work'])
    assert.equal(house.clock.waiting, idle)
    house.clock.advance(1e9)
    assert.deepEqual(caller.take(), [])
  })

  it('acts as killnowait on a callee that announced call_canceling, and as skip on any other; late answers are dropped', () => {
    for (const [callee, interrupts] of [
      [canceling, [[69, 1, { mode: 'killnowait' }]]],
      [announcing({}), []],
    ] as const) {
      enter(callee)
      caller.send([48, 1, { timeout: 100 }, 'slow.work'])
      device.take()
      house.clock.advance(100)
      assert.deepEqual(device.take(), interrupts)
      assert.deepEqual(errorOf(caller.take()), timedOut)
      device.send([70, 1, {}, ['late']])
      assert.deepEqual([caller.take(), device.take()], [[], []])
    }
  })

  it('is not passed on to the callee, whose registration did not ask for it', () => {
    enter(announcing({ callee: ['call_timeout'] }))
    caller.send([48, 1, { timeout: 100 }, 'slow.work'])
    assert.deepEqual(device.take()[0]?.[3], {})
    house.clock.advance(100)
    assert.deepEqual(errorOf(caller.take()), timedOut)
  })

  it('is passed on, and not timed here, where the callee registered with forward_timeout and announced call_timeout', () => {
    enter(announcing({ callee: ['call_timeout'] }), { forward_timeout: true })
    caller.send([48, 1, { timeout: 100 }, 'slow.work'])
    assert.deepEqual(device.take()[0]?.[3], { timeout: 100 })
    assert.equal(house.clock.waiting, idle)
    house.clock.advance(1_000)
    assert.deepEqual(caller.take(), [])
    device.send([8, 68, 1, {}, 'wamp.error.timeout'])
    assert.deepEqual(caller.take(), [timedOut])
  })

  it('is timed here where the callee asked to have it forwarded, but did not announce call_timeout', () => {
    enter(canceling, { forward_timeout: true })
    caller.send([48, 1, { timeout: 100 }, 'slow.work'])
    assert.deepEqual(device.take()[0]?.[3], {})
    house.clock.advance(100)
    assert.deepEqual(errorOf(caller.take()), timedOut)
  })

  it('counts from the CALL to the first result, and then from result to result, not once for all', () => {
    enter()
    caller.send([48, 1, { timeout: 100, receive_progress: true }, 'slow.work'])
    device.take()
    for (let i = 0; i < 5; i++) {
      house.clock.advance(99)
      device.send([70, 1, { progress: true }, [i]])
      assert.deepEqual(caller.take(), [[50, 1, { progress: true }, [i]]])
    }
    house.clock.advance(99)
    assert.deepEqual(caller.take(), [])
    house.clock.advance(1)
    assert.deepEqual(errorOf(caller.take()), timedOut)
    assert.deepEqual(device.take(), [[69, 1, { mode: 'killnowait' }]])
  })

  it('is not put off by progress that its caller did not ask for', () => {
    enter()
    caller.send([48, 1, { timeout: 100 }, 'slow.work'])
    house.clock.advance(60)
    device.send([70, 1, { progress: true }])
    house.clock.advance(40)
    assert.deepEqual(errorOf(caller.take()), timedOut)
  })

  it('leaves no timer when it ends before: by its answer, by CANCEL, by either side’s leaving', () => {
    const ends: readonly ((d: MemoryClient, c: MemoryClient) => void)[] = [
      (d) => d.send([70, 1, {}]),
      (d) => d.send([8, 68, 1, {}, 'some.error']),
      (_d, c) => c.send([49, 1, {}]),
      (d) => d.lose(),
      (_d, c) => c.lose(),
    ]
    for (const end of ends) {
      enter()
      caller.send([48, 1, { timeout: 100 }, 'slow.work'])
      assert.equal(house.clock.waiting, idle + 1)
      end(device, caller)
      assert.equal(house.clock.waiting, idle)
    }
  })

  it('is refused when it is longer than callTimeoutMs, and the bound is named', () => {
    enter()
    const [refusal] = caller.ask([48, 1, { timeout: 86_400_001 }, 'slow.work'])
    assert.equal(refusal?.[4], 'wamp.error.invalid_argument')
    assert.match(String((refusal[5] as unknown[])[0]), /86400001.*at most 86400000 ms/)
    assert.deepEqual(device.take(), [])
  })

  it('goes on counting while the call is re-routed', () => {
    house = memoryRouter()
    const devices = [house.join(canceling), house.join(canceling)]
    caller = house.join()
    for (const one of devices) one.ask([64, 1, { invoke: 'first' }, 'slow.work'])
    caller.send([48, 1, { timeout: 100 }, 'slow.work'])
    house.clock.advance(60)
    devices[0]?.send([8, 68, 1, {}, 'wamp.error.unavailable'])
    assert.equal(devices[1]?.take()[0]?.[0], 68)
    house.clock.advance(40)
    assert.deepEqual(errorOf(caller.take()), timedOut)
    assert.deepEqual(devices[1].take(), [[69, 1, { mode: 'killnowait' }]])
  })
})
