import assert from 'node:assert/strict'
import type { Decision } from '../../router/access.ts'
import { MemoryClient } from '../support/memory-client.ts'
import {
  deferred,
  forever,
  memoryRouter,
  settled,
  type MemoryRouter,
} from '../support/memory-router.ts'
import { allowAll } from '../support/open-router.ts'
import { announcing } from '../support/roles.ts'

const more = { progress: true }
const streaming = announcing({
  caller: ['progressive_call_results'],
  callee: ['progressive_call_results', 'call_canceling'],
})

describe('Progress', () => {
  let house: MemoryRouter
  let device: MemoryClient
  let caller: MemoryClient

  const begin = (made: MemoryRouter, callee = streaming): number => {
    house = made
    device = house.join(callee)
    caller = house.join(streaming)
    device.ask([64, 1, {}, 'count.down'])
    caller.send([48, 1, { receive_progress: true }, 'count.down'])
    const [, invocation] = device.take()[0] as number[]
    return invocation ?? 0
  }

  it('is asked of a callee that announced it and call_canceling, and never of one that did not announce it', () => {
    const { join } = memoryRouter()
    const asking = join(streaming)
    for (const [i, [features, details]] of [
      [['progressive_call_results', 'call_canceling'], { receive_progress: true }] as const,
      [['call_canceling'], {}] as const,
      [[], {}] as const,
    ].entries()) {
      const counting = join(announcing({ callee: features }))
      counting.ask([64, 1, {}, `count.down${i}`])
      asking.send([48, i + 1, { receive_progress: true }, `count.down${i}`])
      assert.deepEqual(counting.take()[0]?.[3], details)
    }
  })

  it('is asked of one without call_canceling where that is tolerated, as clients in wide use are such, and else not', () => {
    const callee = announcing({ callee: ['progressive_call_results'] })
    for (const progressWithoutCanceling of [true, false]) {
      const realm = { tolerate: { progressWithoutCanceling } }
      const { join } = memoryRouter(allowAll, { realm })
      const [counting, asking] = [join(callee), join(streaming)]
      counting.ask([64, 1, {}, 'count.down'])
      asking.send([48, 1, { receive_progress: true }, 'count.down'])
      const [invocation] = counting.take()
      assert.deepEqual(invocation?.[3], progressWithoutCanceling ? { receive_progress: true } : {})
      counting.send([70, invocation[1], more, [1]])
      counting.send([70, invocation[1], {}, ['end']])
      const progress = [50, 1, more, [1]]
      assert.deepEqual(asking.take(), [
        ...(progressWithoutCanceling ? [progress] : []),
        [50, 1, {}, ['end']],
      ])
    }
  })

  it('of a callee that did not announce it passes, or, strictly, breaks the protocol', () => {
    for (const unannouncedFeatures of [true, false]) {
      const realm = { tolerate: { unannouncedFeatures } }
      const invocation = begin(memoryRouter(allowAll, { realm }), announcing({}))
      device.send([70, invocation, more, [1]])
      if (unannouncedFeatures) {
        assert.deepEqual(caller.take(), [[50, 1, more, [1]]])
      } else {
        assert.deepEqual(device.take()[0]?.slice(2), ['wamp.error.protocol_violation'])
        assert.equal(caller.take()[0]?.[4], 'wamp.error.canceled')
      }
    }
  })

  it('to a caller that does not read ends the call: ERROR to the caller, INTERRUPT to the callee, no heap of results', () => {
    const limits = { congestedBytes: 1_000, pendingBytes: 10_000 }
    const invocation = begin(memoryRouter(allowAll, { limits }))
    caller.pendingBytes = 1_000
    device.send([70, invocation, more, [1]])
    assert.deepEqual(device.take(), [[69, invocation, { mode: 'killnowait' }]])
    const [error] = caller.take()
    assert.deepEqual(error?.slice(0, 3), [8, 48, 1])
    assert.equal(error[4], 'wamp.error.network_failure')
    device.send([70, invocation, more, [2]])
    assert.deepEqual(caller.take(), [])
    assert.equal(caller.closedFor, undefined)
  })

  it('that is longer than the caller takes ends the call, and the callee is interrupted', () => {
    house = memoryRouter()
    device = house.join(streaming)
    caller = house.join(streaming, { maxFrameBytes: 4_096 })
    device.ask([64, 1, {}, 'count.down'])
    caller.send([48, 1, { receive_progress: true }, 'count.down'])
    device.take()
    device.send([70, 1, more, ['x'.repeat(5_000)]])
    assert.equal(caller.take()[0]?.[4], 'wamp.error.payload_size_exceeded')
    assert.deepEqual(device.take(), [[69, 1, { mode: 'killnowait' }]])
  })

  describe('when the right to the call falls meanwhile', () => {
    const rights = { value: 0 }
    let answer: Decision | Promise<Decision>
    const fallible = (): MemoryRouter =>
      memoryRouter(({ action }) => {
        if (action !== 'call') return { allow: true }
        if (rights.value > 0) return answer
        return {
          allow: true,
          until: forever,
          epochs: { root: rights, parts: [{ counter: rights, seen: 0 }] },
        }
      })

    beforeEach(() => {
      rights.value = 0
    })

    it('goes no further: the caller is denied, the callee interrupted', () => {
      const invocation = begin(fallible())
      device.send([70, invocation, more, [1]])
      rights.value++
      answer = { allow: false }
      device.send([70, invocation, more, [2]])
      assert.deepEqual(caller.take(), [
        [50, 1, more, [1]],
        [8, 48, 1, {}, 'wamp.error.not_authorized'],
      ])
      assert.deepEqual(device.take(), [[69, invocation, { mode: 'killnowait' }]])
    })

    it('waits in order where it must be asked for elsewhere, and goes on when it is given again', async () => {
      const invocation = begin(fallible())
      const asked = deferred<Decision>()
      rights.value++
      answer = asked.promise
      device.send([70, invocation, more, [1]])
      device.send([70, invocation, more, [2]])
      device.send([70, invocation, {}, ['end']])
      assert.deepEqual(caller.take(), [])
      answer = { allow: true }
      asked.resolve({ allow: true, until: forever })
      await settled()
      assert.deepEqual(caller.take(), [
        [50, 1, more, [1]],
        [50, 1, more, [2]],
        [50, 1, {}, ['end']],
      ])
    })

    it('goes nowhere when the call was canceled while it was asked for', async () => {
      const invocation = begin(fallible())
      const asked = deferred<Decision>()
      rights.value++
      answer = asked.promise
      device.send([70, invocation, more, [1]])
      caller.send([49, 1, { mode: 'skip' }])
      assert.equal(caller.take()[0]?.[4], 'wamp.error.canceled')
      asked.resolve({ allow: true, until: forever })
      await settled()
      assert.deepEqual(caller.take(), [])
    })
  })
})
