import assert from 'node:assert/strict'
import { ParkingLot } from '../../router/parking-lot.ts'
import { TokenBucket } from '../../router/token-bucket.ts'
import { json } from '../../router/wire/json.ts'
import { CALL, UNSUBSCRIBE, type Message } from '../../router/wire/message.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { deferred, settled } from '../support/memory-router.ts'

const numbered = (request: number): Message => ({ type: UNSUBSCRIBE, request, subscription: 1 })

describe('ParkingLot', () => {
  let clock: ManualClock
  let routed: number[]
  let paused: boolean[]
  /** Messages that wait for a decision, by number. */
  let waits: Map<number, Promise<void>>

  const lot = (max = 3, perSecond = 1_000): ParkingLot => {
    clock = new ManualClock()
    routed = []
    paused = []
    waits = new Map()
    const source = { pause: () => void paused.push(true), resume: () => void paused.push(false) }
    const tokens = new TokenBucket(perSecond, clock)
    return new ParkingLot(source, { clock, max, tokens }, (message) => {
      const request = 'request' in message ? message.request : 0
      routed.push(request)
      return waits.get(request)
    })
  }

  it('lets messages through at once', () => {
    const parking = lot()
    for (const i of [1, 2, 3]) parking.receive(numbered(i))
    assert.deepEqual([routed, paused, parking.size], [[1, 2, 3], [], 0])
  })

  it('keeps them behind one that waits for a decision, and lets them go on in order', async () => {
    const parking = lot()
    const [one, three] = [deferred<void>(), deferred<void>()]
    waits.set(1, one.promise).set(3, three.promise)
    for (const i of [1, 2, 3, 4]) parking.receive(numbered(i))
    assert.deepEqual(routed, [1])
    one.resolve()
    await settled()
    assert.deepEqual(routed, [1, 2, 3])
    parking.receive(numbered(5))
    three.resolve()
    await settled()
    assert.deepEqual(routed, [1, 2, 3, 4, 5])
  })

  it('reads on while one waits, until so many are kept; what came in already is kept too', async () => {
    const parking = lot(3)
    const one = deferred<void>()
    waits.set(1, one.promise)
    for (const i of [1, 2, 3]) parking.receive(numbered(i))
    assert.deepEqual(paused, [])
    parking.receive(numbered(4))
    assert.deepEqual(paused, [true])
    for (const i of [5, 6]) parking.receive(numbered(i))
    assert.equal(parking.size, 5)
    one.resolve()
    await settled()
    assert.deepEqual(paused, [true, false])
    assert.deepEqual(routed, [1, 2, 3, 4, 5, 6])
  })

  it('that is held reads nothing and lets nothing through, until it is released', () => {
    const parking = lot()
    parking.hold()
    parking.hold()
    parking.receive(numbered(1))
    assert.deepEqual([routed, paused], [[], [true]])
    parking.release()
    parking.release()
    assert.deepEqual([routed, paused], [[1], [true, false]])
  })

  it('goes on only when every reason to wait is over', async () => {
    const parking = lot()
    const one = deferred<void>()
    waits.set(1, one.promise)
    parking.receive(numbered(1))
    parking.receive(numbered(2))
    parking.hold()
    one.resolve()
    await settled()
    assert.deepEqual([routed, paused], [[1], [true]])
    parking.release()
    assert.deepEqual(
      [routed, paused],
      [
        [1, 2],
        [true, false],
      ],
    )
  })

  it('without tokens reads nothing until there are some again, and loses nothing', () => {
    const parking = lot(3, 10)
    for (let i = 1; i <= 25; i++) parking.receive(numbered(i))
    assert.deepEqual([routed.length, paused, clock.waiting], [10, [true], 1])
    clock.advance(100)
    assert.equal(routed.length, 11)
    clock.advance(900)
    assert.equal(routed.length, 20)
    assert.deepEqual(paused, [true])
    clock.advance(500)
    assert.deepEqual([routed.length, paused, clock.waiting], [25, [true, false], 0])
    assert.deepEqual(
      routed,
      Array.from({ length: 25 }, (_, i) => i + 1),
    )
  })

  it('sets one timer for each pause, and none and no promise for a message', () => {
    const parking = lot(3, 1_000)
    let timers = 0
    const after = clock.after.bind(clock)
    clock.after = (ms, task) => {
      timers++
      return after(ms, task)
    }
    for (let i = 1; i <= 2_000; i++) parking.receive(numbered(i))
    clock.advance(1_000)
    assert.equal(routed.length, 2_000)
    assert.equal(timers, 10)
  })

  it('that is cleared routes nothing more, reads on and leaves no timer', async () => {
    const parking = lot(3, 10)
    for (let i = 1; i <= 25; i++) parking.receive(numbered(i))
    parking.clear()
    assert.deepEqual([parking.size, clock.waiting, paused], [0, 0, [true, false]])
    clock.advance(5_000)
    await settled()
    assert.equal(routed.length, 10)
  })

  it('keeps of what came in with a message its payload alone', () => {
    const routedMessages: Message[] = []
    clock = new ManualClock()
    const source = { pause: () => undefined, resume: () => undefined }
    const tokens = new TokenBucket(1_000, clock)
    const parking = new ParkingLot(source, { clock, max: 3, tokens }, (message) => {
      routedMessages.push(message)
    })
    parking.hold()
    const chunk = Buffer.allocUnsafeSlow(64 * 1024)
    chunk.write('[48,1,{},"lamp.switch",["on"]]')
    parking.receive(json.decode(chunk, 0, 30))
    parking.release()
    const [message] = routedMessages
    assert(message?.type === CALL && message.procedure === 'lamp.switch')
    const tail = message.payload.tailFor(json)
    assert.equal(tail.toString(), '["on"]')
    assert(tail.buffer.byteLength <= Buffer.poolSize)
  })
})
