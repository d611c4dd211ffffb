import assert from 'node:assert/strict'
import { randomFrom } from '../support/random.ts'
import { startOpenRouter, type Approach, type OpenRouter } from '../support/open-router.ts'
import { until } from '../support/until.ts'
import type { Wire, WampClient } from '../support/wamp-client.ts'

const formats = ['json', 'msgpack', 'cbor'] as const
const transports = ['websocket', 'rawsocket'] as const
const callers = 4
const callees = 4
const callsEach = 2_000
const publishers = 2
const eventsEach = 2_000
/** What a client writes at once: some of it comes in one read, some frames come in pieces. */
const together = 50
/** So many answers a callee keeps, and then gives the last one first. */
const keptAnswers = 5

/** Most are gathered into one write, some are too long to be copied, some are flushed early by themselves. */
const payloads: readonly string[] = Array.from({ length: 200 }, (_, kind) => {
  const length = kind === 0 ? 70 * 1024 : kind < 5 ? 20 * 1024 : kind < 60 ? 1024 : 16
  return String.fromCharCode(33 + (kind % 90)).repeat(length)
})

function payloadOf(n: number, from: number): string {
  return payloads[(n * 7 + from) % payloads.length] ?? ''
}

/** Of what comes from one peer to another: each of it is numbered from 0 on. */
class Numbered {
  readonly #next: number[]

  constructor(peers: number) {
    this.#next = Array.from({ length: peers }, () => 0)
  }

  /** The next number from a peer, or to it. */
  take(peer: number): number {
    const next = this.#next[peer] ?? NaN
    this.#next[peer] = next + 1
    return next
  }

  get all(): number {
    return this.#next.reduce((sum, count) => sum + count, 0)
  }
}

/** Writes what a peer has to say without waiting for anything; clients of others come to theirs in between. */
async function pour(
  client: WampClient,
  count: number,
  message: (n: number) => Wire,
): Promise<void> {
  for (let n = 0; n < count;) {
    const some: Wire[] = []
    for (; n < count && some.length < together; n++) some.push(message(n))
    client.sendTogether(some)
    await new Promise(setImmediate)
  }
}

describe('Under load', () => {
  let open: OpenRouter
  const wrong: string[] = []

  before(async () => {
    // Nobody is slow here, there is only much at once: nothing may be refused or dropped for it.
    const room = 1024 * 1024 * 1024
    open = await startOpenRouter({
      limits: { calls: callsEach, pendingBytes: 2 * room, congestedBytes: room },
    })
  })
  after(() => open.stop())
  afterEach(() => open.dropClients())

  /** A session that is sent messages of one type alone, once `prepare` is done. */
  async function join(
    approach: Approach,
    type: number,
    receive: (message: Wire, client: WampClient) => void,
    prepare: (client: WampClient) => Promise<unknown> = () => Promise.resolve(),
  ): Promise<WampClient> {
    const client = await open.approach(approach)
    await client.join()
    await prepare(client)
    client.intercept = (message) => {
      if (message[0] === type) receive(message, client)
      else wrong.push(`${JSON.stringify(message).slice(0, 200)} came where only ${type} does`)
      return true
    }
    return client
  }

  function expect(who: string, found: readonly unknown[], expected: readonly unknown[]): void {
    if (found.every((value, i) => value === expected[i])) return
    const brief = (values: readonly unknown[]): string => JSON.stringify(values).slice(0, 80)
    wrong.push(`${who}: ${brief(found)} instead of ${brief(expected)}`)
  }

  /** A callee that has each caller's calls numbered, and numbers its answers to each. */
  async function startCallee(approach: Approach, me: number, dueCalls: number): Promise<Numbered> {
    const calls = new Numbered(callers)
    const answers = new Numbered(callers)
    let kept: [invocation: unknown, caller: number, call: number][] = []
    const receive = ([, invocation, , , args]: Wire, client: WampClient): void => {
      const [caller, n, call, payload] = args as [number, number, number, string]
      expect(`callee ${me}`, [n, payload], [calls.take(caller), payloadOf(call, caller)])
      kept.push([invocation, caller, call])
      if (kept.length < keptAnswers && calls.all < dueCalls) return
      const now = kept.toReversed()
      kept = []
      client.sendTogether(
        now.map(([id, to, of]) => [70, id, {}, [me, answers.take(to), of, payloadOf(of, me)]]),
      )
    }
    await join(approach, 68, receive, (client) => client.register(`door.${me}.open`))
    return calls
  }

  /** Whether a caller has its answers: those of each callee in the order in which that gave them. */
  async function startCaller(
    approach: Approach,
    me: number,
    plan: readonly number[],
  ): Promise<{ answers: Numbered; call: () => Promise<void> }> {
    const answers = new Numbered(callees)
    const calls = new Numbered(callees)
    const answered = new Set<unknown>()
    const client = await join(approach, 50, ([, request, , args]) => {
      const [from, n, call, payload] = args as [number, number, number, string]
      answered.add(request)
      expect(
        `caller ${me}`,
        [request, from, n, payload, answered.size],
        [call + 1, plan[call], answers.take(from), payloadOf(call, from), answers.all],
      )
    })
    const call = (): Promise<void> =>
      pour(client, plan.length, (i) => {
        const to = plan[i] ?? 0
        return [48, i + 1, {}, `door.${to}.open`, [me, calls.take(to), i, payloadOf(i, me)]]
      })
    return { answers, call }
  }

  async function startSubscriber(approach: Approach, me: number): Promise<Numbered> {
    const events = new Numbered(publishers)
    const receive = ([, , , , args]: Wire): void => {
      const [from, n, payload] = args as [number, number, string]
      expect(`subscriber ${me}`, [n, payload], [events.take(from), payloadOf(n, from)])
    }
    await join(approach, 36, receive, (client) => client.subscribe('door.opened'))
    return events
  }

  /** Every other event with acknowledge. */
  async function startPublisher(
    approach: Approach,
    me: number,
  ): Promise<{ acknowledged: () => number; publish: () => Promise<void> }> {
    let acknowledged = 0
    const client = await join(approach, 17, ([, request]) => {
      expect(`publisher ${me}`, [request], [2 * acknowledged++ + 1])
    })
    const publish = (): Promise<void> =>
      pour(client, eventsEach, (n) => {
        const options = n % 2 === 0 ? { acknowledge: true } : {}
        return [16, n + 1, options, 'door.opened', [me, n, payloadOf(n, me)]]
      })
    return { acknowledged: () => acknowledged, publish }
  }

  const each = <T>(count: number, make: (i: number) => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: count }, (_, i) => make(i)))

  for (const transport of transports) {
    for (const format of formats) {
      it(`calls, answers and events of each pair of peers keep their order (${transport}, ${format})`, async () => {
        const approach: Approach = { transport, format }
        const random = randomFrom(1)
        const plans = Array.from({ length: callers }, () =>
          Array.from({ length: callsEach }, () => random.below(callees)),
        )
        const due = (to: number): number => plans.flat().filter((turn) => turn === to).length
        const called = await each(callees, (i) => startCallee(approach, i, due(i)))
        const calling = await each(callers, (i) => startCaller(approach, i, plans[i] ?? []))
        const heard = await each(6, (i) =>
          startSubscriber(
            { transport: transports[i % 2] ?? transport, format: formats[i % 3] ?? format },
            i,
          ),
        )
        const publishing = await each(publishers, (i) => startPublisher(approach, i))
        wrong.length = 0
        await Promise.all([
          ...calling.map(({ call }) => call()),
          ...publishing.map(({ publish }) => publish()),
        ])
        const isOver = (): boolean =>
          calling.every(({ answers }) => answers.all === callsEach) &&
          heard.every((events) => events.all === publishers * eventsEach) &&
          publishing.every(({ acknowledged }) => acknowledged() === eventsEach / 2)
        await until(() => wrong.length > 0 || isOver(), 8_000)
        assert.deepEqual(wrong.slice(0, 5), [])
        assert.deepEqual(
          called.map((calls) => calls.all),
          called.map((_, i) => due(i)),
        )
      })
    }
  }
})
