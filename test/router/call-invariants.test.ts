import assert from 'node:assert/strict'
import { pickEndpoint } from '../../router/invoke-policies.ts'
import type { Invocation } from '../../router/invocation.ts'
import type { Session } from '../../router/session.ts'
import { countOperations } from '../support/count-operations.ts'
import { MemoryClient } from '../support/memory-client.ts'
import { forever, memoryRouter, settled, type MemoryRouter } from '../support/memory-router.ts'
import { randomFrom, type Random } from '../support/random.ts'
import { announcing } from '../support/roles.ts'
import type { Wire } from '../support/wamp-client.ts'

const offers = [
  ['exact', 'house.lamp.switch'],
  ['exact', 'house.door.open'],
  ['prefix', 'house.lamp'],
  ['prefix', 'house'],
  ['wildcard', 'house..open'],
  ['wildcard', '.door.'],
] as const
const called = [
  'house.lamp.switch',
  'house.lamp.dim',
  'house.door.open',
  'shed.door.open',
  'no.one',
]
const features = {
  caller: ['progressive_call_invocations', 'progressive_call_results', 'payload_passthru_mode'],
  callee: [
    'progressive_call_invocations',
    'progressive_call_results',
    'call_canceling',
    'call_reroute',
    'call_timeout',
    'registration_revocation',
    'payload_passthru_mode',
  ],
}
const graceMs = 1_000

/** A client that remembers what it asked for and what it got. */
interface Party {
  readonly client: MemoryClient
  readonly session: Session
  /** Calls that were not answered yet. */
  readonly open: Set<number>
  /** Calls whose last part was not sent yet, with their procedure. */
  readonly streams: Map<number, string>
  /** Invocations to be answered. */
  readonly asked: Set<number>
  request: number
}

/** Random parties that use all there is of calls, all from one seed. */
class Crowd {
  readonly house: MemoryRouter
  readonly parties: Party[] = []
  readonly dead = new Set<Session>()
  /** How much of everything there was, so that a test cannot pass by doing nothing. */
  readonly seen = {
    answers: 0,
    progress: 0,
    timeouts: 0,
    reroutes: 0,
    waits: 0,
    parts: 0,
    evictions: 0,
  }
  readonly #random: Random

  constructor(seed: number) {
    this.#random = randomFrom(seed)
    let asked = 0
    this.house = memoryRouter(
      ({ action }) => {
        asked++
        const kept = action === 'register' || asked % 3 === 0
        const decision = { allow: asked % 37 !== 0, ...(kept && { until: forever }) }
        return asked % 7 === 0 && action === 'call' ? settled().then(() => decision) : decision
      },
      { limits: { calls: 12, waitingCalls: 6, keptCallBytes: 400, streamGraceMs: graceMs } },
    )
  }

  join(): void {
    const able = this.#random.chance(0.7) ? announcing(features) : announcing({})
    const client = MemoryClient.join(this.house.router, 'realm1', able)
    client.rawIds = true
    const session = [...this.house.realm.sessions.values()].at(-1)
    assert(session !== undefined && session.transport === client)
    const [open, streams, asked] = [new Set<number>(), new Map<number, string>(), new Set<number>()]
    this.parties.push({ client, session, open, streams, asked, request: 0 })
  }

  step(): void {
    const random = this.#random
    if (this.parties.length < 4) this.join()
    const party = random.pick(this.parties)
    const { client } = party
    switch (random.below(16)) {
      case 0:
        if (this.parties.length < 10) this.join()
        return
      case 1:
      case 2:
        return this.#register(party)
      case 3: {
        const [registration = 4_711] = party.session.ledger.registrations.keys()
        return client.send([66, ++party.request, random.chance(0.5) ? registration : 4_711])
      }
      case 4:
      case 5:
      case 6:
      case 7:
        return this.#call(party)
      case 8:
        return this.#sendPart(party)
      case 9: {
        const [call] = party.open
        if (call === undefined) return
        return client.send([49, call, { mode: random.pick(['skip', 'kill', 'killnowait', 'no']) }])
      }
      case 10:
      case 11:
      case 12:
      case 13:
        return this.#answer(party)
      case 14:
        return this.house.clock.advance(random.below(40))
      default:
        if (random.chance(0.25)) this.end(party)
        else if (random.chance(0.1)) this.#revoke(party)
    }
  }

  #register(party: Party): void {
    const random = this.#random
    const [match, uri] = random.pick(offers)
    const options = {
      match,
      ...(random.chance(0.9) && {
        invoke: random.pick(['roundrobin', 'roundrobin', 'random', 'first', 'last']),
      }),
      ...(random.chance(0.5) && { concurrency: 1 + random.below(2) }),
      ...(random.chance(0.1) && { force_reregister: true }),
      ...(random.chance(0.2) && { forward_timeout: true }),
      ...(random.chance(0.2) && { disclose_caller: true }),
    }
    party.client.send([64, ++party.request, options, uri])
  }

  #call(party: Party): void {
    const random = this.#random
    const uri = random.pick(called)
    const options = {
      ...(random.chance(0.3) && { timeout: 1 + random.below(200) }),
      ...(random.chance(0.3) && { receive_progress: true }),
      ...(random.chance(0.25) && { progress: true }),
      ...(random.chance(0.2) && { disclose_me: true }),
      ...(random.chance(0.1) && { runmode: 'partition', rkey: `key ${random.below(5)}` }),
    }
    const request = ++party.request
    party.open.add(request)
    if (options.progress === true) party.streams.set(request, uri)
    party.client.send([48, request, options, uri, ['x'.repeat(random.below(150))]])
  }

  /** The next part of a call, be it answered already or not. */
  #sendPart(party: Party): void {
    const [stream] = party.streams
    if (stream === undefined) return
    const [request, uri] = stream
    const last = this.#random.chance(0.4)
    if (last) party.streams.delete(request)
    this.seen.parts++
    party.client.send([48, request, { progress: !last }, uri, ['more']])
  }

  #answer(party: Party): void {
    const random = this.#random
    const { client, asked } = party
    const invocation = [...asked][random.below(asked.size || 1)]
    if (invocation === undefined) return
    const way = random.below(10)
    if (way < 2) return client.send([70, invocation, { progress: true }, ['part']])
    asked.delete(invocation)
    if (way < 6) return client.send([70, invocation, {}, ['done']])
    if (way < 7) return client.send([8, 68, invocation, {}, 'some.error'])
    this.seen.reroutes++
    client.send([8, 68, invocation, {}, 'wamp.error.unavailable'])
  }

  #revoke({ session }: Party): void {
    const [registration] = session.ledger.registrations.values()
    if (registration === undefined) return
    this.seen.evictions++
    assert(this.house.realm.dealer.revoke(registration, session, 'at random'))
  }

  end({ client, session }: Party): void {
    const ways = [
      () => client.lose(),
      () => client.send([3, {}, 'wamp.close.normal']),
      () => client.send([70, 999_999, {}]),
      () => session.kill(),
      () => session.drop('replaced'),
    ]
    this.#random.pick(ways)()
  }

  /** Takes what came, and checks that each call is answered once, and progress comes before that only. */
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
    const [type, request, third] = message as [number, number, number]
    if (type === 50 && (message[2] as { progress?: boolean }).progress === true) {
      assert(party.open.has(request), `progress after the answer to call ${request}`)
      this.seen.progress++
    } else if (type === 50) {
      assert(party.open.delete(request), `a second answer to call ${request}`)
      this.seen.answers++
    } else if (type === 8 && request === 48) {
      assert(party.open.delete(third), `a second answer to call ${third}`)
      if (message[4] === 'wamp.error.timeout') this.seen.timeouts++
      this.seen.answers++
    } else if (type === 68) {
      party.asked.add(request)
    } else if (type === 69 && (message[2] as { mode: string }).mode !== 'kill') {
      party.asked.delete(request)
    }
  }

  /** No index, queue or count names who is gone, and all of them agree. */
  check(): void {
    const { realm } = this.house
    const live = new Set<unknown>(realm.sessions.values())
    for (const { ledger } of this.dead) {
      const { calls, invocations, registrations, claims, keptBytes, endedStreams } = ledger
      const counts = [calls.size, invocations.size, registrations.size, claims, keptBytes]
      assert.deepEqual([...counts, endedStreams], [0, 0, 0, 0, 0, undefined])
    }
    const invocations = new Set<Invocation>()
    for (const { session } of this.parties) {
      for (const invocation of session.ledger.invocations.values()) {
        assert(invocation.callee === session && live.has(invocation.caller))
        invocations.add(invocation)
      }
    }
    let offered = 0
    const waiting = new Set<Invocation>()
    for (const registration of realm.dealer.registrations.all()) {
      const { id, match, procedure, callees } = registration
      assert.equal(realm.dealer.registrations.get(match, procedure), registration)
      assert(callees.size > 0)
      for (const [callee, endpoint] of callees) {
        assert(live.has(callee))
        assert.equal(callee.ledger.registrations.get(id), registration)
        const active = [...invocations].filter((each) => each.endpoint === endpoint).length
        assert(active <= endpoint.concurrency)
        assert.equal(endpoint.active, endpoint.concurrency === Infinity ? 0 : active)
        offered++
      }
      for (const invocation of registration.waiting) {
        assert(live.has(invocation.caller) && invocation.callee === undefined)
        waiting.add(invocation)
        // Nobody waits who could go on.
        if (invocation.wishes.shardKey === undefined && invocation.refused === undefined) {
          assert.equal(pickEndpoint(registration, 0), 'busy')
        }
      }
      this.seen.waits = Math.max(this.seen.waits, registration.waitingCount)
      assert(registration.waitingCount <= 6)
    }
    let owned = 0
    const calls = new Set<Invocation>()
    for (const { session } of this.parties) {
      const { ledger } = session
      owned += ledger.registrations.size
      let kept = 0
      for (const [request, call] of ledger.calls.entries()) {
        assert(call.caller === session && call.request === request)
        assert(call.callee === undefined ? waiting.has(call) : invocations.has(call))
        kept += call.keptBytes
        calls.add(call)
      }
      assert.equal(ledger.keptBytes, kept)
      assert(kept <= 400 && ledger.calls.size <= 12)
    }
    assert.equal(owned, offered)
    assert.equal(calls.size, invocations.size + waiting.size)
  }

  /** Callees answer what they were asked, callers send their last parts, and all decisions come. */
  async finish(): Promise<void> {
    for (let round = 0; round < 60; round++) {
      for (const { client, asked, streams } of this.parties) {
        for (const [request, uri] of streams) client.send([48, request, {}, uri])
        streams.clear()
        for (const invocation of asked) client.send([70, invocation, {}])
        asked.clear()
      }
      await settled()
      this.take()
    }
  }
}

describe('Whatever callers and callees do', () => {
  for (const seed of [11, 12, 13, 14]) {
    it(`no index, queue, timer or memory names who is gone, and each call gets one answer (seed ${seed})`, async () => {
      const crowd = new Crowd(seed)
      for (let i = 1; i <= 4_000; i++) {
        crowd.step()
        crowd.take()
        if (i % 7 === 0) await settled()
        if (i % 20 === 0) {
          crowd.take()
          crowd.check()
        }
      }
      await crowd.finish()
      for (const { open } of crowd.parties) assert.deepEqual([...open], [])
      crowd.check()
      const { seen } = crowd
      assert(seen.answers > 500 && crowd.dead.size > 20, JSON.stringify(seen))
      assert(
        Object.values(seen).every((count) => count > 1),
        JSON.stringify(seen),
      )
      for (const party of crowd.parties) crowd.end(party)
      await settled()
      crowd.take()
      assert.equal(crowd.parties.length, 0)
      crowd.check()
      const { realm, logged, clock } = crowd.house
      assert.deepEqual([realm.sessions.size, realm.dealer.registrations.size, logged], [0, 0, []])
      assert.equal(clock.waiting, 0)
    })
  }
})

describe('Leaving with calls of every kind', () => {
  it('costs what the session owns, however many wait, stream and are timed beside it', () => {
    const cost = (others: number): number => {
      const { join } = memoryRouter()
      const able = announcing(features)
      const callee = join(able)
      callee.ask([64, 1, { invoke: 'roundrobin', concurrency: others * 2 }, 'slow.work'])
      callee.ask([64, 2, { match: 'prefix' }, 'slow'])
      for (let i = 0; i < others; i++) {
        const other = join(able)
        other.ask([64, 1, { match: 'wildcard' }, `slow..number${i}`])
        const options = { progress: true, receive_progress: true, timeout: 1_000 }
        for (let n = 1; n <= 4; n++) other.send([48, n + 1, n === 4 ? options : {}, 'slow.work'])
      }
      const leaver = join(able)
      leaver.ask([64, 1, { invoke: 'roundrobin' }, 'leaver.work'])
      leaver.send([48, 2, { timeout: 1_000 }, 'slow.other'])
      leaver.send([48, 3, {}, 'slow.work'])
      return countOperations(() => leaver.lose())
    }
    assert.equal(cost(40), cost(4))
    assert(cost(40) < 60)
  })
})
