import assert from 'node:assert/strict'
import type { Decision } from '../../router/access.ts'
import { WampError } from '../../router/wire/errors.ts'
import type { MemoryClient } from '../support/memory-client.ts'
import { deferred, forever, memoryRouter, settled } from '../support/memory-router.ts'
import type { MemoryRouter } from '../support/memory-router.ts'

describe('A publication whose uses are counted', () => {
  let house: MemoryRouter
  let listener: MemoryClient
  let publisher: MemoryClient

  const open = (consume: () => void | Promise<void>, rest: Partial<Decision> = {}): void => {
    house = memoryRouter(
      ({ action }) =>
        action === 'publish'
          ? { allow: true, until: forever, consume, ...rest }
          : { allow: true, until: forever },
      { limits: { decisionMs: 1_000 } },
    )
    listener = house.join()
    publisher = house.join()
    listener.ask([32, 1, {}, 'house.bell'])
  }
  const publish = (request: number, options: object = { acknowledge: true }): void =>
    publisher.send([16, request, options, 'house.bell', [request]])
  const heard = (): unknown[] => listener.take().map((event) => (event[4] as unknown[])[0])

  it('is counted each time, before it goes out', () => {
    const seen: number[] = []
    open(() => void seen.push(listener.received.length))
    for (let i = 1; i <= 3; i++) publish(i, {})
    assert.deepEqual(
      [seen, heard()],
      [
        [0, 1, 2],
        [1, 2, 3],
      ],
    )
  })

  it('goes to nobody when the uses are up, and its publisher is told if it asked for an answer', () => {
    let left = 1
    open(() => {
      if (left-- <= 0) throw new WampError('wamp.error.not_authorized', 'used up')
    })
    for (let i = 1; i <= 2; i++) publish(i)
    publish(3, { retain: true })
    assert.deepEqual(heard(), [1])
    assert.deepEqual(
      publisher.take().map((answer) => answer[0] === 17 || answer.slice(0, 5)),
      [true, [8, 16, 2, {}, 'wamp.error.not_authorized']],
    )
    assert.equal(house.realm.broker.retention.size, 0)
  })

  it('goes out only when the count has come, and the next messages of its publisher wait with it', async () => {
    const count = deferred<void>()
    open(() => count.promise)
    publish(1)
    publisher.send([48, 2, {}, 'nobody.here'])
    await settled()
    assert.deepEqual([heard(), publisher.take()], [[], []])
    count.resolve()
    await settled()
    assert.deepEqual(heard(), [1])
    assert.deepEqual(
      publisher.take().map(([type]) => type),
      [17, 8],
    )
  })

  it('goes to nobody when counting breaks, takes too long, or the right fell meanwhile', async () => {
    const rights = { value: 0 }
    const epochs = { root: rights, parts: [{ counter: rights, seen: 0 }] }
    const failed = 'wamp.error.authorization_failed'
    const count = deferred<void>()
    const cases: readonly [() => void | Promise<void>, string, () => void][] = [
      [() => Promise.reject(new Error('disk full')), failed, () => undefined],
      [() => new Promise(() => undefined), failed, () => house.clock.advance(1_000)],
      [
        () => count.promise,
        'wamp.error.not_authorized',
        () => {
          rights.value++
          count.resolve()
        },
      ],
    ]
    for (const [consume, error, meanwhile] of cases) {
      open(consume, { epochs })
      publish(1)
      meanwhile()
      await settled()
      assert.deepEqual(publisher.take(), [[8, 16, 1, {}, error]])
      assert.deepEqual(heard(), [])
    }
  })

  it('is dropped when its publisher left while it was counted', async () => {
    const count = deferred<void>()
    open(() => count.promise)
    publish(1)
    publisher.lose()
    count.resolve()
    await settled()
    assert.deepEqual(heard(), [])
  })

  it('is counted as a testament too', async () => {
    for (const isLate of [false, true]) {
      let left = 1
      open(() => {
        if (left-- > 0) return isLate ? Promise.resolve() : undefined
        throw new WampError('wamp.error.not_authorized', 'used up')
      })
      for (const text of ['first', 'second']) {
        const testament = ['house.bell', [text], {}]
        publisher.ask([48, 1, {}, 'wamp.session.add_testament', testament])
      }
      publisher.lose()
      await settled()
      assert.deepEqual(heard(), ['first'])
    }
  })
})

describe('A call of the router’s own whose uses are counted', () => {
  it('is answered as often as it may be', async () => {
    for (const isLate of [false, true]) {
      let left = 1
      const { join } = memoryRouter(() => ({
        allow: true,
        consume: () => {
          if (left-- > 0) return isLate ? Promise.resolve() : undefined
          throw new WampError('wamp.error.not_authorized', 'used up')
        },
      }))
      const client = join()
      client.send([48, 1, {}, 'wamp.session.count'])
      client.send([48, 2, {}, 'wamp.session.count'])
      await settled()
      assert.deepEqual(client.take(), [
        [50, 1, {}, [1]],
        [8, 48, 2, {}, 'wamp.error.not_authorized'],
      ])
    }
  })
})
