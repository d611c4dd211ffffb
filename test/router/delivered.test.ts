import assert from 'node:assert/strict'
import type { AccessRequest, Authorizer } from '../../router/access.ts'
import type { MemoryClient } from '../support/memory-client.ts'
import { forever, memoryRouter, type MemoryRouter } from '../support/memory-router.ts'

describe('A decision on listening that counts what is delivered', () => {
  let house: MemoryRouter
  let delivered: string[]
  let denied: boolean
  let listener: MemoryClient
  let publisher: MemoryClient
  const root = { value: 0 }

  beforeEach(() => {
    delivered = []
    denied = false
    const authorizer: Authorizer = ({ action, uri }) => ({
      allow: action !== 'subscribe' || !denied,
      until: forever,
      epochs: { root, parts: [{ counter: root, seen: root.value }] },
      ...(action === 'subscribe' && { delivered: { add: () => void delivered.push(uri) } }),
    })
    house = memoryRouter(authorizer)
    listener = house.join()
    publisher = house.join()
    listener.ask([32, 1, {}, 'house.door'])
    listener.ask([32, 2, { match: 'prefix' }, 'garden.'])
  })

  const publish = (topic: string): void => publisher.send([16, 1, {}, topic, []])

  it('hears of each event that is sent, by a pattern too, and of no subscription', () => {
    assert.deepEqual(delivered, [])
    publish('house.door')
    publish('garden.gate')
    publish('house.lamp')
    assert.deepEqual(delivered, ['house.door', 'garden.'])
  })

  it('hears of none that is withheld, or dropped', () => {
    denied = true
    root.value++
    publish('house.door')
    denied = false
    root.value++
    listener.pendingBytes = 3.5 * 1024 * 1024
    publish('house.door')
    assert.deepEqual(delivered, [])
    listener.pendingBytes = 0
    publish('house.door')
    assert.deepEqual(delivered, ['house.door'])
  })
})

describe('An authorizer', () => {
  it('is told whether a message waits for its answer, or somebody wants to know', () => {
    const asked: [string, boolean | undefined][] = []
    const root = { value: 0 }
    const house = memoryRouter(({ action, forMessage }: AccessRequest) => {
      asked.push([action, forMessage])
      return {
        allow: true,
        until: forever,
        epochs: { root, parts: [{ counter: root, seen: root.value }] },
      }
    })
    const listener = house.join()
    const callee = house.join()
    callee.ask([64, 1, {}, 'house.open'])
    listener.ask([32, 1, {}, 'house.door'])
    listener.send([48, 2, {}, 'house.open'])
    listener.send([48, 3, { _option: 1 }, 'house.open'])
    callee.send([16, 2, {}, 'house.door'])
    assert.deepEqual(asked.splice(0), [
      ['register', false],
      ['subscribe', true],
      ['call', true],
      ['call', true],
      ['publish', true],
    ])
    // Decided anew, for what is there already.
    root.value++
    callee.send([16, 3, {}, 'house.door'])
    for (const session of house.realm.sessions.values()) {
      void house.realm.decide(session, 'call', 'house.open')
      house.realm.reassess(session)
    }
    const anew = asked.filter(([action]) => action !== 'publish')
    assert.ok(anew.length > 0)
    for (const [action, forMessage] of anew) assert.equal(forMessage, false, action)
  })
})
