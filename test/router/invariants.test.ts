import assert from 'node:assert/strict'
import type { Invocation } from '../../router/invocation.ts'
import type { Session } from '../../router/session.ts'
import { MemoryClient } from '../support/memory-client.ts'
import { forever, memoryRouter, settled, type MemoryRouter } from '../support/memory-router.ts'
import { randomFrom, type Random } from '../support/random.ts'
import type { Wire } from '../support/wamp-client.ts'

const procedures = Array.from({ length: 12 }, (_, i) => `procedure.number${i}`)
const topics = ['topic.a', 'topic.b.c', 'topic.b.d']
const patterns = [
  ['exact', 'topic.a'],
  ['prefix', 'topic.b'],
  ['wildcard', 'topic..c'],
] as const

/** A client that remembers what it asked for and what it got. */
interface Party {
  readonly client: MemoryClient
  readonly session: Session
  /** Calls that were not answered yet. */
  readonly open: Set<number>
  readonly registrations: number[]
  readonly subscriptions: number[]
  /** Invocations to be answered. */
  readonly asked: number[]
  request: number
}

/** Thousands of random steps of random parties, all from one seed. */
class Crowd {
  readonly house: MemoryRouter
  readonly parties: Party[] = []
  /** Sessions that ended. */
  readonly dead = new Set<Session>()
  answered = 0
  events = 0
  readonly #random: Random

  constructor(seed: number) {
    this.#random = randomFrom(seed)
    let asked = 0
    // Every now and then a right has to be asked for elsewhere, and every now and then the answer is no.
    this.house = memoryRouter(
      ({ action }) => {
        asked++
        const allow = asked % 31 !== 0
        const decision = { allow, ...(asked % 3 === 0 && { until: forever }) }
        return asked % 5 === 0 && action !== 'register' ? settled().then(() => decision) : decision
      },
      { limits: { parked: 8, calls: 20, registrations: 6, subscriptions: 6 } },
    )
  }

  join(): void {
    const features = this.#random.chance(0.5) ? { call_canceling: true } : {}
    const roles = { caller: {}, callee: { features }, publisher: {}, subscriber: {} }
    const client = MemoryClient.join(this.house.router, 'realm1', { roles })
    const session = [...this.house.realm.sessions.values()].at(-1)
    assert(session !== undefined && session.transport === client)
    this.parties.push({
      client,
      session,
      request: 0,
      open: new Set(),
      registrations: [],
      subscriptions: [],
      asked: [],
    })
  }

  step(): void {
    if (this.parties.length < 3) this.join()
    const random = this.#random
    const party = random.pick(this.parties)
    const request = ++party.request
    const { client } = party
    switch (random.below(14)) {
      case 0:
        if (this.parties.length < 12) this.join()
        return
      case 1:
        return client.send([64, request, {}, random.pick(procedures)])
      case 2: {
        const registration = party.registrations.pop() ?? 4_711
        return client.send([66, request, registration])
      }
      case 3: {
        const [match, topic] = random.pick(patterns)
        return client.send([32, request, { match }, topic])
      }
      case 4:
        return client.send([34, request, party.subscriptions.pop() ?? 4_711])
      case 5:
      case 6:
        return client.send([16, request, {}, random.pick(topics), [request]])
      case 7:
      case 8:
      case 9:
        party.open.add(request)
        return client.send([48, request, {}, random.pick(procedures), [request]])
      case 10: {
        const [call] = party.open
        if (call === undefined) return
        return client.send([49, call, { mode: random.pick(['skip', 'kill', 'killnowait']) }])
      }
      case 11:
      case 12: {
        const invocation = party.asked.splice(random.below(party.asked.length || 1), 1)[0]
        if (invocation === undefined) return
        if (random.chance(0.7)) return client.send([70, invocation, {}, ['done']])
        return client.send([8, 68, invocation, {}, 'some.error'])
      }
      default:
        if (random.chance(0.3)) this.end(party)
    }
  }

  end(party: Party): void {
    const { client, session } = party
    const ways = [
      () => client.lose(),
      () => client.send([6, {}, 'wamp.close.normal']),
      () => client.send([3, {}, 'wamp.close.normal']),
      () => client.send([70, 999_999, {}]),
      () => client.send([]),
      () => session.kill(),
      () => session.drop('replaced'),
    ]
    this.#random.pick(ways)()
  }

  /** Takes what came, and checks that each call is answered once. */
  take(): void {
    for (const party of this.parties) {
      for (const message of party.client.take()) this.#take(party, message)
    }
    for (const party of this.parties.filter(({ session }) => session.gone)) {
      this.dead.add(party.session)
      this.parties.splice(this.parties.indexOf(party), 1)
    }
  }

  #take(party: Party, message: Wire): void {
    const [type, request, third] = message as number[]
    switch (type) {
      case 50:
        assert(party.open.delete(request ?? 0), `a second answer to call ${request}`)
        this.answered++
        break
      case 8:
        if (request !== 48) break
        assert(party.open.delete(third ?? 0), `a second answer to call ${third}`)
        this.answered++
        break
      case 65:
        party.registrations.push(third ?? 0)
        break
      case 33:
        if (!party.subscriptions.includes(third ?? 0)) party.subscriptions.push(third ?? 0)
        break
      case 68:
        party.asked.push(request ?? 0)
        break
      case 36:
        this.events++
        break
    }
  }

  /** No index names a session that is gone, and both sides of everything agree. */
  check(): void {
    const { realm } = this.house
    const live = new Set<unknown>(realm.sessions.values())
    for (const session of live) assert.equal((session as Session).gone, false)
    for (const session of this.dead) {
      assert(!live.has(session))
      const { calls, invocations, registrations, subscriptions, claims, lane } = session.ledger
      assert.deepEqual(
        [calls.size, invocations.size, registrations.size, subscriptions.size, claims],
        [0, 0, 0, 0, 0],
      )
      assert.equal(lane, undefined)
    }
    let registrations = 0
    const subscriptions = new Set<unknown>()
    const invocations = new Set<Invocation>()
    const calls = new Set<Invocation>()
    for (const { session } of this.parties) {
      const { ledger } = session
      for (const registration of ledger.registrations.values()) {
        assert.equal(realm.dealer.registrations.byId(registration.id), registration)
        registrations++
      }
      for (const subscription of ledger.subscriptions.values()) {
        subscriptions.add(subscription)
        assert(subscription.members.has(session))
        for (const member of subscription.members.keys()) assert(live.has(member))
      }
      for (const call of ledger.calls.values()) {
        assert(call.callee === undefined || live.has(call.callee))
        assert(call.caller === session)
        calls.add(call)
      }
      for (const invocation of ledger.invocations.values()) {
        assert(live.has(invocation.caller) && invocation.callee === session)
        invocations.add(invocation)
      }
      assert(ledger.calls.size <= 20 && ledger.subscriptions.size <= 6)
    }
    assert.deepEqual(invocations, calls)
    assert.equal(realm.dealer.registrations.size, registrations)
    assert.equal(realm.broker.size, subscriptions.size)
  }
}

describe('Whatever a crowd does', () => {
  for (const seed of [1, 2, 3, 4]) {
    it(`no index names who is gone and each call gets one answer (seed ${seed})`, async () => {
      const crowd = new Crowd(seed)
      for (let i = 1; i <= 3_000; i++) {
        crowd.step()
        crowd.take()
        if (i % 7 === 0) await settled()
        if (i % 10 === 0) {
          crowd.take()
          crowd.check()
        }
      }
      // Callees answer what they were asked, and all decisions come.
      for (let round = 0; round < 30; round++) {
        for (const { client, asked } of crowd.parties) {
          for (const invocation of asked.splice(0)) client.send([70, invocation, {}])
        }
        await settled()
        crowd.take()
      }
      for (const { open } of crowd.parties) assert.deepEqual([...open], [])
      crowd.check()
      assert(crowd.answered > 300 && crowd.events > 300 && crowd.dead.size > 30)
      for (const party of crowd.parties) crowd.end(party)
      await settled()
      crowd.take()
      assert.equal(crowd.parties.length, 0)
      crowd.check()
      const { realm, logged } = crowd.house
      assert.deepEqual(
        [realm.sessions.size, realm.dealer.registrations.size, realm.broker.size, logged],
        [0, 0, 0, []],
      )
    })
  }
})
