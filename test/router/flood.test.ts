import assert from 'node:assert/strict'
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { RouterState } from '../support/flooded-router.ts'
import {
  byLongPoll,
  byRawSocket,
  byWebSocket,
  closeHostileLines,
  type HostileLine,
  type Target,
} from '../support/hostile-lines.ts'
import { hostileSession } from '../support/mutants.ts'
import { randomFrom } from '../support/random.ts'
import { WampClient, type Format } from '../support/wamp-client.ts'

const mostGrowthBytes = 10 * 1024 * 1024
const messagesEach = 100_000
const atOnce = 32
/** Of a run that failed: `FLOOD_SEED=123 npx mocha test/router/flood.test.ts`. */
const seed = Number(process.env['FLOOD_SEED'] ?? Date.now() % 2 ** 31)

const lines: readonly (readonly [string, HostileLine])[] = [
  ['WebSocket', byWebSocket],
  ['RawSocket', byRawSocket],
  ['long-poll', byLongPoll],
]
const formats: readonly (readonly [string, Format])[] = [
  ['JSON', 'json'],
  ['MessagePack', 'msgpack'],
  ['CBOR', 'cbor'],
]

/** A caller, a callee and a listener that have nothing to do with it. */
class Bystanders {
  readonly #caller: WampClient
  readonly #callee: WampClient
  readonly #listener: WampClient
  #calls = 0
  #stopped = false
  readonly #calling: Promise<void>

  private constructor(caller: WampClient, callee: WampClient, listener: WampClient) {
    this.#caller = caller
    this.#callee = callee
    this.#listener = listener
    this.#calling = this.#callAllTheTime()
  }

  static async join({ port, rawPort }: Target): Promise<Bystanders> {
    const caller = await WampClient.webSocket(`ws://127.0.0.1:${port}/ws`)
    const callee = await WampClient.rawSocket({ port: rawPort }, 'msgpack')
    // Over WebSocket, as it is silent and a test's RawSocket does not answer pings.
    const listener = await WampClient.webSocket(`ws://127.0.0.1:${port}/ws`, 'cbor')
    for (const client of [caller, callee, listener]) await client.join()
    await callee.register('control.echo')
    callee.echo()
    await listener.subscribe('control.quiet')
    return new Bystanders(caller, callee, listener)
  }

  /** Every call is answered, with the right value. */
  async #callAllTheTime(): Promise<void> {
    while (!this.#stopped) {
      const call = ++this.#calls
      const answer = await this.#caller.ask([48, call, {}, 'control.echo', [call]])
      assert.deepEqual(answer, [50, call, {}, [call]])
      // Else the calls themselves would be the flood.
      await setTimeout(2)
    }
  }

  get calls(): number {
    return this.#calls
  }

  /** Rejects as soon as one of them has noticed something. */
  get calling(): Promise<void> {
    return this.#calling
  }

  async leave(): Promise<void> {
    this.#stopped = true
    await this.#calling
    assert.deepEqual(await this.#listener.settle(), [])
    assert.deepEqual(this.#callee.pending, [])
    for (const client of [this.#caller, this.#callee, this.#listener]) client.drop()
  }
}

describe('A router that is flooded', () => {
  let router: ChildProcess
  let target: Target
  let bystanders: Bystanders
  let start: RouterState
  let sessions = 0

  const ask = async (): Promise<RouterState> => {
    router.send('state')
    const [state] = (await once(router, 'message')) as [RouterState]
    return state
  }

  /** Hostile clients, so many at once, until the engine has been given so many messages. */
  const flood = async (line: HostileLine, format: Format, messages: number): Promise<void> => {
    let { received } = await ask()
    const end = received + messages
    while (received < end) {
      const attack = async (): Promise<void> => {
        for (let i = 0; i < 12; i++) {
          await line(target, format, hostileSession(randomFrom(seed + sessions++), format))
        }
      }
      await Promise.race([
        Promise.all(Array.from({ length: atOnce }, attack)),
        bystanders.calling.then(() => assert.fail('the bystanders have stopped')),
      ])
      ;({ received } = await ask())
    }
  }

  before(async function () {
    this.timeout(60_000)
    router = fork(fileURLToPath(new URL('../support/flooded-router.ts', import.meta.url)), {
      execArgv: ['--import', 'tsx', '--expose-gc'],
    })
    ;[target] = (await once(router, 'message')) as [Target]
    bystanders = await Bystanders.join(target)
    // What runs for the first time takes memory that stays.
    for (const [, line] of lines) {
      for (const [, format] of formats) await flood(line, format, 6_000)
    }
    start = await ask()
  })

  after(async () => {
    closeHostileLines()
    if (router.connected) router.disconnect()
    if (router.exitCode === null) await once(router, 'exit')
  })

  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.error(`FLOOD_SEED=${seed}`)
  })

  for (const [transport, line] of lines) {
    for (const [serializer, format] of formats) {
      it(`with 100,000 random and mutated messages over ${transport} and ${serializer} loses nobody but the senders`, async function () {
        this.timeout(60_000)
        const { calls } = bystanders
        await flood(line, format, messagesEach)
        assert.ok(bystanders.calls - calls > 100, `${bystanders.calls - calls} calls meanwhile`)
        const left = await ask()
        assert.deepEqual([left.sessions, left.registrations, left.subscriptions], [3, 1, 1])
        assert.equal(router.exitCode, null)
      })
    }
  }

  it('keeps no memory of it: after a collection it has less than 10 MiB more than at the start', async () => {
    const { rssBytes } = await ask()
    const grown = rssBytes - start.rssBytes
    assert.ok(grown < mostGrowthBytes, `${(grown / 1024 / 1024).toFixed(1)} MiB more`)
    await bystanders.leave()
  })
})
