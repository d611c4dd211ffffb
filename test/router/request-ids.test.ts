import assert from 'node:assert/strict'
import { MemoryClient } from '../support/memory-client.ts'
import { memoryRouter, type MemoryRouter } from '../support/memory-router.ts'
import type { Wire } from '../support/wamp-client.ts'

const largest = 2 ** 53
/** Each message that makes a request, by its request id. */
const requests: Readonly<Record<string, (id: number) => Wire>> = {
  CALL: (id) => [48, id, {}, 'nobody.here'],
  PUBLISH: (id) => [16, id, {}, 'house.door'],
  SUBSCRIBE: (id) => [32, id, {}, 'house.door'],
  UNSUBSCRIBE: (id) => [34, id, 4_711],
  REGISTER: (id) => [64, id, {}, 'lamp.switch'],
  UNREGISTER: (id) => [66, id, 4_711],
}

describe('Request ids of a client', () => {
  let house: MemoryRouter
  let client: MemoryClient

  const join = (details?: Record<string, unknown>): MemoryClient => {
    const joined = house.join(details)
    joined.rawIds = true
    return joined
  }

  /** The text of the ABORT that ended the session; `undefined`: it goes on. */
  const aborted = (): string | undefined => {
    const abort = client.take().find(([type]) => type === 3)
    if (abort === undefined) return undefined
    assert.equal(abort[2], 'wamp.error.protocol_violation')
    assert.equal(client.closedFor, 'aborted')
    return (abort[1] as { message: string }).message
  }

  const begin = (gaps: boolean): void => {
    house = memoryRouter(undefined, { realm: { tolerate: { requestIdGaps: gaps } } })
    client = join()
  }

  describe('where gaps are tolerated, as they are by default', () => {
    beforeEach(() => begin(true))

    it('may begin anywhere and leave some out, as clients do that go on counting after a reconnect', () => {
      for (const [i, request] of Object.values(requests).entries())
        client.send(request(17 + 10 * i))
      assert.equal(aborted(), undefined)
    })

    it('end the session where one is used twice, in whatever message', () => {
      for (const request of Object.values(requests)) {
        begin(true)
        client.send([16, 7, {}, 'house.door'])
        client.send(request(7))
        assert.equal(aborted(), 'the request id is 7, it must be at least 8')
        assert.equal(house.realm.sessions.size, 0)
      }
    })

    it('end the session where one goes back, in whatever message', () => {
      for (const request of Object.values(requests)) {
        begin(true)
        client.send(request(7))
        client.send(request(6))
        assert.equal(aborted(), 'the request id is 6, it must be at least 8')
        assert.equal(house.realm.sessions.size, 0)
      }
    })

    it('are looked at in the order in which the client sent them, also behind one that waits', async () => {
      let allow: (decision: { allow: true }) => void = () => undefined
      const waiting = new Promise<{ allow: true }>((resolve) => (allow = resolve))
      house = memoryRouter(() => waiting)
      client = join()
      client.send([48, 1, {}, 'nobody.here'])
      client.send([48, 1, {}, 'nobody.here'])
      assert.equal(aborted(), undefined)
      allow({ allow: true })
      await new Promise((resolve) => setImmediate(resolve))
      assert.equal(aborted(), 'the request id is 1, it must be at least 2')
    })

    it('begin anew after the largest', () => {
      client.send([16, largest - 3, {}, 'house.door'])
      client.send([16, largest, {}, 'house.door'])
      client.send([16, 1, {}, 'house.door'])
      assert.equal(aborted(), undefined)
      client.send([16, 1, {}, 'house.door'])
      assert.match(String(aborted()), /at least 2/)
    })
  })

  describe('where no gap is tolerated', () => {
    beforeEach(() => begin(false))

    it('are 1, 2, 3, … over all requests of the session', () => {
      for (const [i, request] of Object.values(requests).entries()) client.send(request(i + 1))
      assert.equal(aborted(), undefined)
    })

    it('count from 1 over all requests of the session, and a gap is ABORT protocol_violation', () => {
      const all = Object.values(requests)
      for (const [i, request] of all.entries()) {
        begin(false)
        for (const [k, earlier] of all.slice(0, i).entries()) client.send(earlier(k + 1))
        assert.equal(aborted(), undefined)
        client.send(request(i + 2))
        assert.equal(aborted(), `the request id is ${i + 2}, it must be ${i + 1}`)
      }
    })

    it('end the session where the first is not 1', () => {
      client.send([16, 2, {}, 'house.door'])
      assert.equal(aborted(), 'the request id is 2, it must be 1')
    })

    it('end the session where one is left out', () => {
      client.send([16, 1, {}, 'house.door'])
      client.send([16, 3, {}, 'house.door'])
      assert.equal(aborted(), 'the request id is 3, it must be 2')
    })
  })

  it('are one for all parts of a call, also for those that come too late', () => {
    for (const gaps of [true, false]) {
      begin(gaps)
      const callee = MemoryClient.join(house.router, 'realm1', {
        roles: {
          callee: { features: { progressive_call_invocations: true, call_canceling: true } },
        },
      })
      callee.send([64, 1, {}, 'film.record'])
      client = join({ roles: { caller: { features: { progressive_call_invocations: true } } } })
      callee.take()
      client.send([48, 1, { progress: true }, 'film.record', ['a']])
      client.send([48, 2, {}, 'nobody.here'])
      client.send([48, 1, { progress: true }, 'film.record', ['b']])
      callee.send([70, 1, {}, ['enough']])
      // The callee is done, and the caller did not know yet.
      client.send([48, 1, {}, 'film.record', ['c']])
      assert.deepEqual(
        client.take().map(([type, , request]) => (type === 8 ? request : type)),
        [2, 50],
      )
      // What is no part of it is a violation as ever.
      client.send([48, 1, {}, 'film.record'])
      assert.match(String(aborted()), /the request id is 1/)
    }
  })

  it('are those of one session: another begins with 1 again', () => {
    begin(false)
    client.send([16, 1, {}, 'house.door'])
    client = join()
    client.send([16, 1, {}, 'house.door'])
    assert.deepEqual(client.take(), [])
  })
})
