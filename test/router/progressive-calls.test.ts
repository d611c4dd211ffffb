import assert from 'node:assert/strict'
import type { Decision } from '../../router/access.ts'
import { EndedStreams } from '../../router/ended-streams.ts'
import { ManualClock } from '../support/manual-clock.ts'
import type { MemoryClient } from '../support/memory-client.ts'
import { forever, memoryRouter, settled, type MemoryRouter } from '../support/memory-router.ts'
import { allowAll } from '../support/open-router.ts'
import { announcing } from '../support/roles.ts'

const more = { progress: true }
const able = announcing({
  caller: ['progressive_call_invocations'],
  callee: ['progressive_call_invocations', 'call_canceling'],
})

describe('A call in parts', () => {
  let house: MemoryRouter
  let device: MemoryClient
  let caller: MemoryClient

  const enter = (made: MemoryRouter = memoryRouter()): void => {
    house = made
    device = house.join(able)
    caller = house.join(able)
    caller.rawIds = true
    device.ask([64, 1, {}, 'file.store'])
  }

  it('that has ended drops the parts that come late, without a word, and begins no new call', () => {
    enter()
    caller.send([48, 1, more, 'file.store', ['one']])
    device.send([8, 68, 1, {}, 'file.error.full'])
    assert.equal(caller.take()[0]?.[4], 'file.error.full')
    device.take()
    caller.send([48, 1, more, 'file.store', ['two']])
    caller.send([48, 1, {}, 'file.store', ['three']])
    assert.deepEqual([caller.take(), device.take()], [[], []])
    caller.send([48, 2, {}, 'file.store'])
    assert.equal(device.take()[0]?.[1], 2)
  })

  it('whose last part was sent drops further parts once it is over, for its time; another call of its id is a violation', () => {
    enter(memoryRouter(allowAll, { limits: { streamGraceMs: 1_000 } }))
    const answers = [
      [70, 1, {}, ['done']],
      [8, 68, 2, {}, 'file.error.full'],
    ]
    for (const [i, answer] of answers.entries()) {
      caller.send([48, i + 1, more, 'file.store'])
      caller.send([48, i + 1, {}, 'file.store'])
      device.send(answer)
    }
    // The last part of this one comes when it has ended already.
    caller.send([48, 3, more, 'file.store'])
    device.send([70, 3, {}])
    caller.send([48, 3, {}, 'file.store'])
    caller.take()
    device.take()
    for (const request of [1, 2, 3, 1, 2, 3]) caller.send([48, request, more, 'file.store'])
    assert.deepEqual([caller.take(), device.take()], [[], []])
    caller.send([48, 4, {}, 'file.store'])
    device.send([70, 4, {}])
    assert.deepEqual(caller.take()[0]?.[1], 4)
    caller.send([48, 2, {}, 'file.store'])
    assert.equal(caller.take()[0]?.[2], 'wamp.error.protocol_violation')
    caller = house.join(able)
    caller.rawIds = true
    caller.send([48, 1, more, 'file.store'])
    caller.send([48, 1, {}, 'file.store'])
    device.send([70, 5, {}])
    house.clock.advance(1_000)
    caller.take()
    caller.send([48, 1, more, 'file.store'])
    assert.equal(caller.take()[0]?.[2], 'wamp.error.protocol_violation')
  })

  it('that was refused at once drops its later parts too, as they were under way', () => {
    enter(memoryRouter(({ uri }) => ({ allow: uri !== 'file.secret' })))
    const refusals = [
      [{ ...more }, 'nobody.here', 'wamp.error.no_such_procedure'],
      [{ ...more }, 'file.secret', 'wamp.error.not_authorized'],
      [{ ...more }, 'file..secret', 'wamp.error.invalid_uri'],
      [{ ...more, timeout: 1e12 }, 'file.store', 'wamp.error.invalid_argument'],
    ] as const
    for (const [i, [options, uri, error]] of refusals.entries()) {
      const request = i + 1
      caller.send([48, request, options, uri])
      caller.send([48, request, more, uri])
      caller.send([48, request, {}, uri])
      assert.deepEqual(
        caller.take().map((message) => [message[2], message[4]]),
        [[request, error]],
      )
    }
    assert.deepEqual(device.take(), [])
  })

  it('takes the next id for a new call; a gap, and a lower id that is neither open nor ended lately, are violations', () => {
    const limits = { streamGraceMs: 1_000 }
    enter(memoryRouter(allowAll, { limits, realm: { tolerate: { requestIdGaps: false } } }))
    caller.send([48, 1, more, 'file.store'])
    caller.send([48, 2, {}, 'file.store'])
    caller.send([48, 1, more, 'file.store'])
    caller.send([48, 3, more, 'file.store'])
    const ids = device.take().map(([, id]) => id)
    assert.deepEqual(ids, [1, 2, 1, 3])
    device.send([70, 3, {}])
    caller.take()
    // Ended lately: dropped. Ended long ago: nobody knows it any more.
    caller.send([48, 3, more, 'file.store'])
    assert.deepEqual([caller.take(), device.take()], [[], []])
    house.clock.advance(1_000)
    caller.send([48, 3, more, 'file.store'])
    assert.equal(caller.take()[0]?.[2], 'wamp.error.protocol_violation')
    const other = house.join(able)
    other.rawIds = true
    other.send([48, 1, more, 'file.store'])
    other.send([48, 3, {}, 'file.store'])
    assert.equal(other.take()[0]?.[2], 'wamp.error.protocol_violation')
  })

  it('may be made by a caller that did not announce it, as clients in wide use do; strictly it breaks the protocol', () => {
    for (const unannouncedFeatures of [true, false]) {
      const realm = { tolerate: { unannouncedFeatures } }
      enter(memoryRouter(allowAll, { realm }))
      const other = house.join()
      other.send([48, 1, more, 'file.store'])
      if (unannouncedFeatures) assert.deepEqual(device.take()[0]?.[3], more)
      else assert.equal(other.take()[0]?.[2], 'wamp.error.protocol_violation')
    }
  })

  it('ends with network_failure when its callee does not take the parts, and the callee is interrupted', () => {
    enter(memoryRouter(allowAll, { limits: { congestedBytes: 1_000 } }))
    caller.send([48, 1, more, 'file.store'])
    device.take()
    device.pendingBytes = 1_000
    caller.send([48, 1, more, 'file.store'])
    assert.equal(caller.take()[0]?.[4], 'wamp.error.network_failure')
    assert.deepEqual(device.take(), [[69, 1, { mode: 'killnowait' }]])
  })

  it('ends when a part is longer than its callee takes', () => {
    house = memoryRouter()
    device = house.join(able, { maxFrameBytes: 4_096 })
    caller = house.join(able)
    device.ask([64, 1, {}, 'file.store'])
    caller.send([48, 1, more, 'file.store'])
    device.take()
    caller.send([48, 1, more, 'file.store', ['x'.repeat(5_000)]])
    assert.equal(caller.take()[0]?.[4], 'wamp.error.payload_size_exceeded')
    assert.deepEqual(device.take(), [[69, 1, { mode: 'killnowait' }]])
  })

  it('is decided part by part: when the right falls the caller is denied, and the callee interrupted', () => {
    const rights = { value: 0 }
    enter(
      memoryRouter(({ action }): Decision => {
        const allow = action !== 'call' || rights.value === 0
        const parts = [{ counter: rights, seen: rights.value }]
        return { allow, until: forever, epochs: { root: rights, parts } }
      }),
    )
    caller.send([48, 1, more, 'file.store'])
    device.take()
    rights.value++
    caller.send([48, 1, more, 'file.store', ['secret']])
    assert.equal(caller.take()[0]?.[4], 'wamp.error.not_authorized')
    assert.deepEqual(device.take(), [[69, 1, { mode: 'killnowait' }]])
  })

  it('is counted once, however many parts it has', () => {
    let uses = 0
    enter(
      memoryRouter(({ action }) =>
        action === 'call' ? { allow: true, consume: () => void uses++ } : { allow: true },
      ),
    )
    for (const options of [more, more, {}]) caller.send([48, 1, options, 'file.store'])
    assert.deepEqual([uses, device.take().length], [1, 3])
  })

  it('keeps its order where each part waits for a decision', async () => {
    enter(
      memoryRouter(({ action }) =>
        action === 'call' ? settled().then(() => ({ allow: true })) : { allow: true },
      ),
    )
    for (let i = 0; i < 5; i++) caller.send([48, 1, i < 4 ? more : {}, 'file.store', [i]])
    for (let i = 0; i < 12; i++) await settled()
    assert.deepEqual(
      device.take().map(([, id, , details, args]) => [id, details, args]),
      [0, 1, 2, 3, 4].map((i) => [1, i < 4 ? more : {}, [i]]),
    )
  })
})

describe('EndedStreams', () => {
  it('knows each for its time, and no more than so many, the latest', () => {
    const clock = new ManualClock()
    const ended = new EndedStreams(3, 1_000, clock)
    const known = (...requests: number[]): boolean[] =>
      requests.map((request) => ended.has(request, true))
    for (const request of [1, 2, 3, 4]) ended.add(request, false)
    assert.deepEqual(known(1, 2, 3, 4), [false, true, true, true])
    clock.advance(999)
    ended.add(5, false)
    assert.deepEqual([known(2, 3, 4, 5), ended.size], [[false, true, true, true], 3])
    clock.advance(1)
    assert.deepEqual([known(3, 4, 5), ended.size], [[false, false, true], 1])
  })

  it('knows of those whose last part has come that only parts are theirs, and keeps the others for them', () => {
    const ended = new EndedStreams(3, 1_000, new ManualClock())
    ended.add(1, false)
    for (const request of [2, 3, 4, 5]) ended.add(request, true)
    const requests = [1, 2, 3, 4, 5]
    assert.deepEqual(
      requests.map((request) => ended.has(request, false)),
      [true, false, true, true, true],
    )
    assert.deepEqual(
      requests.map((request) => ended.has(request, true)),
      [true, false, false, false, false],
    )
    ended.add(1, true)
    assert.deepEqual([ended.has(1, true), ended.has(1, false), ended.size], [false, true, 3])
  })
})
