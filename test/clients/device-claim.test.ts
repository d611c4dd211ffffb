import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { claimByUserCode, ClaimDenied, ClaimFailed, type ShownCode } from '../../clients/index.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { until } from '../support/until.ts'

type Answer = readonly [status: number, body: unknown]

/** A house that answers as a test says, in its order; the last answer again and again. */
class SaidHouse {
  readonly #server: Server
  readonly polls: Answer[] = []
  /** What it says at first, whatever it is asked. */
  readonly first: Answer[] = []
  readonly asked: string[] = []
  metadata: Record<string, unknown> = {}
  /** Of its codes, besides. */
  terms: Record<string, unknown> = {}

  private constructor() {
    this.#server = createServer((request, response) => {
      request.resume()
      const path = request.url ?? ''
      this.asked.push(path)
      const [status, body] = this.#answer(path)
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(typeof body === 'string' ? body : JSON.stringify(body))
    })
  }

  static async open(): Promise<SaidHouse> {
    const house = new SaidHouse()
    house.#server.listen(0, '127.0.0.1')
    await once(house.#server, 'listening')
    house.metadata = {
      issuer: house.url,
      device_authorization_endpoint: `${house.url}/begin`,
      token_endpoint: `${house.url}/token`,
    }
    return house
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get polled(): number {
    return this.asked.filter((path) => path === '/token').length
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #answer(path: string): Answer {
    const first = this.first.shift()
    if (first !== undefined) return first
    if (path.startsWith('/.well-known')) return [200, this.metadata]
    if (path === '/begin')
      return [
        200,
        {
          device_code: 'dc',
          user_code: 'BCDF-GHJK',
          verification_uri: `${this.url}/device`,
          expires_in: 600,
          interval: 5,
          ...this.terms,
        },
      ]
    return (this.polls.length > 1 ? this.polls.shift() : this.polls[0]) ?? [500, 'broken']
  }
}

const pending: Answer = [400, { error: 'authorization_pending' }]
const claimed: Answer = [
  200,
  { access_token: 'lk_1', token_type: 'provisioning_code', realm: 'home' },
]

describe('a device that waits to be claimed', () => {
  let house: SaidHouse
  let clock: ManualClock
  let shown: ShownCode[]
  let stop: AbortController

  beforeEach(async () => {
    house = await SaidHouse.open()
    clock = new ManualClock()
    shown = []
    stop = new AbortController()
  })
  afterEach(() => house.close())

  const claim = (server = house.url): ReturnType<typeof claimByUserCode> =>
    claimByUserCode({
      server,
      onCode: (code) => shown.push(code),
      clock,
      stopped: stop.signal,
      requestTimeoutMs: 86_400_000,
    })
  /** How long it waits for its next poll. */
  const pauseMs = async (): Promise<number> => {
    const before = house.polled
    await until(() => clock.waiting === 1)
    const since = clock.now()
    while (house.polled === before) {
      clock.advance(1_000)
      await new Promise((resolve) => setTimeout(resolve, 2))
      assert.ok(clock.now() - since < 120_000)
    }
    return clock.now() - since
  }

  it('asks in the interval, and five seconds later each time it is told to slow down', async () => {
    house.polls.push(pending, [400, { error: 'slow_down' }], pending, claimed)
    const claiming = claim()
    await until(() => shown.length === 1)
    assert.equal(shown[0]?.userCode, 'BCDF-GHJK')
    // A step more may pass before the poll is seen.
    const pauses = [await pauseMs(), await pauseMs(), await pauseMs(), await pauseMs()]
    for (const [i, atLeast] of [5_000, 5_000, 10_000, 10_000].entries())
      assert.ok((pauses[i] ?? 0) >= atLeast, `${i}: ${pauses.join(' ')}`)
    assert.deepEqual(await claiming, { code: 'lk_1', realm: 'home' })
  })

  it('makes no requests without a pause, whatever the house says of intervals and ends', async () => {
    house.terms = { interval: 0 }
    house.polls.push(pending, claimed)
    const claiming = claim()
    await until(() => shown.length === 1)
    assert.ok((await pauseMs()) >= 5_000)
    await pauseMs()
    await claiming
    house.terms = { expires_in: 0 }
    await assert.rejects(claim(), ClaimFailed)
  })

  it('goes on over answers that are none, with longer pauses', async () => {
    house.polls.push([502, '<html>'], [502, '<html>'], claimed)
    const claiming = claim()
    await until(() => shown.length === 1)
    const pauses = [await pauseMs(), await pauseMs(), await pauseMs()]
    assert.ok((pauses[2] ?? 0) >= 20_000, pauses.join(' '))
    assert.equal((await claiming).code, 'lk_1')
  })

  it('waits for a house that is down behind its proxy, or has too much to do', async () => {
    house.first.push(
      [502, { error: 'bad_gateway' }],
      [200, house.metadata],
      [429, { error: 'too_many_requests' }],
      [200, house.metadata],
      [503, { error: 'temporarily_unavailable' }],
    )
    house.polls.push([429, { error: 'too_many_requests' }], claimed)
    const claiming = claim()
    claiming.catch(() => undefined)
    while (shown.length === 0) {
      clock.advance(1_000)
      await new Promise(setImmediate)
      assert.ok(house.first.length > 0 || house.asked.length < 10)
    }
    await pauseMs()
    await pauseMs()
    assert.equal((await claiming).code, 'lk_1')
  })

  it('ends when the owner says no, and when it is stopped', async () => {
    house.polls.push([400, { error: 'access_denied' }])
    const denied = claim()
    denied.catch(() => undefined)
    await until(() => shown.length === 1)
    await pauseMs()
    await assert.rejects(denied, ClaimDenied)
    const stopped = claim()
    await until(() => shown.length === 2)
    stop.abort(new Error('switched off'))
    await assert.rejects(stopped, /switched off/)
    assert.equal(clock.waiting, 0)
  })

  it('takes nothing that is no provisioning code', async () => {
    house.polls.push([200, { access_token: 'x', token_type: 'Bearer' }])
    const claiming = claim()
    claiming.catch(() => undefined)
    await until(() => shown.length === 1)
    await pauseMs()
    await assert.rejects(claiming, ClaimFailed)
  })

  it('tells its secret to nobody but the house, and never in clear over a network', async () => {
    await assert.rejects(claim('http://house.example'), ClaimFailed)
    house.metadata = { ...house.metadata, token_endpoint: 'https://thief.example/token' }
    await assert.rejects(claim(), /elsewhere/)
    house.metadata = { ...house.metadata, issuer: 'https://another.example' }
    await assert.rejects(claim(), /no authorization server/)
    assert.equal(shown.length, 0)
  })
})
