import assert from 'node:assert/strict'
import type { PeerFacts, Principal } from '../../router/access.ts'
import { Decisions } from '../../router/decisions.ts'
import { Ledger } from '../../router/ledger.ts'
import type { Peer } from '../../router/peer.ts'
import type { Realm } from '../../router/realm.ts'
import {
  CALL,
  EVENT,
  emptyDict,
  INTERRUPT,
  INVOCATION,
  PUBLISH,
  REGISTER,
  RESULT,
  SUBSCRIBE,
  YIELD,
  type Message,
} from '../../router/wire/message.ts'
import { Payload } from '../../router/wire/payload.ts'
import type { SharedMessage } from '../../router/wire/shared-message.ts'
import { memoryRouter, type MemoryRouter } from '../support/memory-router.ts'
import { allRoles } from '../support/wamp-client.ts'

/** A party whose session is held by another node: all that dealer and broker know of it is this contract. */
class FarPeer implements Peer {
  readonly id = 4_711
  readonly principal: Principal = {
    kind: 'device',
    authid: 'far_lamp',
    authrole: 'device',
    authmethod: 'cryptosign',
    authprovider: 'elsewhere',
  }
  readonly facts: PeerFacts = { transport: 'local', address: '10.0.0.2', operator: false }
  readonly features: ReadonlySet<string> = new Set(['callee.call_canceling'])
  readonly ledger = new Ledger(new Decisions(128))
  congested = false
  gone = false
  /** Longer payloads than this it does not take. */
  maxElements = 2
  readonly received: Message[] = []
  readonly #realm: Realm

  constructor(realm: Realm) {
    this.#realm = realm
  }

  send(message: Message): boolean {
    if ('payload' in message && (message.payload.values().args?.length ?? 0) > this.maxElements) {
      return false
    }
    this.received.push(message)
    return true
  }

  sendShared(shared: SharedMessage): boolean {
    return this.send(shared.message)
  }

  /** A message of it came over from its node. */
  route(message: Message): void {
    assert.equal(this.#realm.route(this, message), undefined)
  }

  leave(): void {
    this.gone = true
    this.#realm.leave(this)
  }

  take(): Message[] {
    return this.received.splice(0)
  }
}

describe('A peer on another node', () => {
  let house: MemoryRouter
  let far: FarPeer

  beforeEach(() => {
    house = memoryRouter()
    far = new FarPeer(house.realm)
  })

  const register = (procedure: string): void => {
    far.route({ type: REGISTER, request: 1, options: emptyDict, procedure })
    far.take()
  }

  it('is called by a session here, and answers it', () => {
    register('far.switch')
    const caller = house.join({ authid: 'owner' })
    caller.send([48, 7, { disclose_me: true }, 'far.switch', ['on'], { fade: 1 }])
    const [invocation] = far.take()
    assert(invocation?.type === INVOCATION)
    assert.deepEqual(invocation.payload.values(), { args: ['on'], kwargs: { fade: 1 } })
    assert.equal(invocation.details['caller_authid'], 'owner')
    const { request } = invocation
    far.route({ type: YIELD, request, options: emptyDict, payload: Payload.of(['done']) })
    assert.deepEqual(caller.take(), [[50, 7, {}, ['done']]])
  })

  it('calls a session here', () => {
    const device = house.join()
    device.ask([64, 1, {}, 'near.switch'])
    const payload = Payload.of(['on'])
    far.route({ type: CALL, request: 5, options: emptyDict, procedure: 'near.switch', payload })
    const [invocation] = device.take()
    assert.deepEqual(invocation?.[4], ['on'])
    device.send([70, invocation?.[1], {}, ['done']])
    const [result] = far.take()
    assert(result?.type === RESULT && result.request === 5)
    assert.deepEqual(result.payload.values(), { args: ['done'] })
  })

  it('publishes to sessions here and hears them, with its own name alone', () => {
    const subscriber = { features: { publisher_identification: true } }
    const client = house.join({ authid: 'owner', roles: { ...allRoles, subscriber } })
    client.ask([32, 1, {}, 'house.door'])
    far.route({ type: SUBSCRIBE, request: 1, options: emptyDict, topic: 'house.door' })
    far.take()
    const payload = Payload.of(['open'])
    const options = { disclose_me: true }
    far.route({ type: PUBLISH, request: 2, options, topic: 'house.door', payload })
    assert.deepEqual(far.take(), [])
    const [event] = client.take()
    assert.deepEqual(event?.slice(3), [
      { publisher: 4_711, publisher_authid: 'far_lamp', publisher_authrole: 'device' },
      ['open'],
    ])
    client.send([16, 3, {}, 'house.door', ['shut']])
    const [heard] = far.take()
    assert(heard?.type === EVENT)
    assert.deepEqual(heard.payload.values(), { args: ['shut'] })
  })

  it('that takes no more is answered for: calls at once, events are dropped', () => {
    register('far.switch')
    far.route({ type: SUBSCRIBE, request: 1, options: emptyDict, topic: 'house.door' })
    far.take()
    const caller = house.join()
    far.congested = true
    assert.equal(caller.ask([48, 1, {}, 'far.switch'])[0]?.[4], 'wamp.error.network_failure')
    caller.send([16, 2, {}, 'house.door'])
    far.congested = false
    assert.equal(
      caller.ask([48, 3, {}, 'far.switch', [1, 2, 3]])[0]?.[4],
      'wamp.error.payload_size_exceeded',
    )
    caller.send([16, 4, {}, 'house.door', [1, 2, 3]])
    assert.deepEqual(far.take(), [])
    assert.deepEqual(house.realm.broker.undelivered, { withheld: 0, dropped: 2 })
  })

  it('is interrupted when its caller cancels or is gone', () => {
    register('far.switch')
    const caller = house.join()
    caller.send([48, 1, {}, 'far.switch'])
    caller.send([49, 1, { mode: 'kill' }])
    caller.send([48, 2, {}, 'far.switch'])
    caller.lose()
    const interrupts = far.take().filter(({ type }) => type === INTERRUPT)
    assert.deepEqual(
      interrupts.map((message) => message.type === INTERRUPT && message.options),
      [{ mode: 'kill' }, { mode: 'killnowait' }],
    )
    assert.equal(far.ledger.invocations.size, 0)
  })

  it('that lies about an invocation is found out by whoever carries its messages', () => {
    const message: Message = { type: YIELD, request: 1, options: emptyDict, payload: Payload.empty }
    assert.throws(() => house.realm.route(far, message), /never sent/)
  })

  it('that leaves is out of everything, and who waits for it is answered', () => {
    register('far.switch')
    far.route({ type: SUBSCRIBE, request: 1, options: emptyDict, topic: 'house.door' })
    const caller = house.join()
    caller.send([48, 7, {}, 'far.switch'])
    far.leave()
    assert.equal(caller.take()[0]?.[4], 'wamp.error.canceled')
    assert.deepEqual([house.realm.dealer.registrations.size, house.realm.broker.size], [0, 0])
    assert.deepEqual([far.ledger.invocations.size, far.ledger.subscriptions.size], [0, 0])
    assert.equal(caller.ask([48, 8, {}, 'far.switch'])[0]?.[4], 'wamp.error.no_such_procedure')
  })
})
