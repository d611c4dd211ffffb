import assert from 'node:assert/strict'
import { providerAdapter } from '../../authority/adapter.ts'
import { Safekeeping } from '../../authority/safekeeping.ts'
import { matches, newSecret, digestOf } from '../../authority/secrets.ts'
import { MemoryTokens } from '../../ecosystems/store/memory-tokens.ts'
import { StoreUnavailable } from '../../ecosystems/store/store.ts'
import { TokensFull, type TokenRow } from '../../ecosystems/store/tokens.ts'
import { ManualClock } from '../support/manual-clock.ts'

/** Rows that a test can read, and that can fail to go. */
class SeenTokens extends MemoryTokens {
  readonly seen: TokenRow[] = []
  broken = false

  override put(row: TokenRow, max: number): Promise<void> {
    this.seen.push(row)
    return super.put(row, max)
  }

  override destroy(kind: string, hash: string): Promise<boolean> {
    return this.broken
      ? Promise.reject(new StoreUnavailable('disk gone'))
      : super.destroy(kind, hash)
  }

  override expire(now: number): Promise<number> {
    return this.broken ? Promise.reject(new StoreUnavailable('disk gone')) : super.expire(now)
  }
}

describe('what the authorization server hands out', () => {
  let clock: ManualClock
  let rows: SeenTokens
  let kept: Safekeeping
  let logged: string[]

  beforeEach(() => {
    // Far from the machine's present, as tokens know it.
    clock = new ManualClock(1_000_000_000_000)
    rows = new SeenTokens()
    logged = []
    kept = new Safekeeping(rows, {
      clock,
      limits: { rows: 2, sweepMs: 60_000 },
      log: (_level, text) => logged.push(text),
    })
  })
  afterEach(() => kept.close())

  it('is kept under the digest of its name, which is nowhere in it', async () => {
    const name = newSecret('tkt_')
    await kept.put('Ticket', name, { wanted: [] }, { ttlMs: 1_000, owner: 'chris' })
    assert.doesNotMatch(JSON.stringify(rows.seen), new RegExp(name.slice(4)))
    assert.equal(rows.seen[0]?.hash, digestOf(name))
    assert.deepEqual((await kept.get('Ticket', name))?.payload, { wanted: [] })
  })

  it('stays taken back when the store fails, until it is handed out anew', async () => {
    await kept.put('Resource', 'lamp', {}, { owner: 'chris' })
    rows.broken = true
    await assert.rejects(kept.destroy('Resource', 'lamp'), StoreUnavailable)
    assert.equal(await kept.get('Resource', 'lamp'), undefined)
    assert.deepEqual(await kept.list('Resource', 'chris'), [])
    assert.equal(await kept.consume('Resource', 'lamp'), false)
    rows.broken = false
    assert.equal(await kept.destroy('Resource', 'lamp'), true)
    await kept.put('Resource', 'lamp', {}, { owner: 'chris' })
    assert.equal((await kept.list('Resource', 'chris')).length, 1)
    rows.broken = true
    await assert.rejects(kept.destroy('Resource', 'lamp'), StoreUnavailable)
    rows.broken = false
    await kept.put('Resource', 'lamp', {}, { owner: 'chris' })
    assert.equal((await kept.list('Resource', 'chris')).length, 1)
  })

  it('has so many rows of a kind, of which those that have expired keep nobody out', async () => {
    await kept.put('Ticket', 'one', {}, { ttlMs: 1_000 })
    await kept.put('Ticket', 'two', {}, {})
    await assert.rejects(kept.put('Ticket', 'three', {}, {}), TokensFull)
    clock.advance(1_000)
    await kept.put('Ticket', 'three', {}, {})
    await assert.rejects(kept.put('Ticket', 'four', {}, {}), TokensFull)
  })

  it('is swept in time, and goes on when that fails once', async () => {
    rows.broken = true
    clock.advance(60_000)
    await Promise.resolve()
    rows.broken = false
    await kept.put('Ticket', 'one', {}, { ttlMs: 1_000 })
    await kept.put('Ticket', 'two', {}, { ttlMs: 1_000 })
    clock.advance(60_000)
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(logged, ['expired tokens cannot be removed'])
    assert.equal(await rows.expire(clock.now()), 0)
  })

  it('is dated for the provider as its own clock would have it, and ends by ours', async () => {
    const ended: string[] = []
    const adapter = providerAdapter({
      kept,
      client: () => Promise.resolve(undefined),
      ended: (kind, name) => ended.push(`${kind} ${name}`),
    })('AccessToken')
    assert('upsert' in adapter)
    await adapter.upsert('rpt_1', { jti: 'rpt_1', accountId: 'friend', iat: 1, exp: 2 }, 100)
    assert.doesNotMatch(JSON.stringify(rows.seen.map(({ payload }) => payload)), /rpt_1|iat|exp/)
    const found = await adapter.find('rpt_1')
    assert(found !== undefined && found !== null)
    const now = Math.floor(Date.now() / 1000)
    assert.ok(Math.abs((found.exp ?? 0) - now - 100) <= 2)
    assert.deepEqual([found.jti, found.accountId], ['rpt_1', 'friend'])
    clock.advance(99_000)
    assert.ok(await adapter.find('rpt_1'))
    clock.advance(1_000)
    assert.equal(await adapter.find('rpt_1'), undefined)
    await adapter.destroy('rpt_1')
    assert.deepEqual(ended, ['AccessToken rpt_1'])
  })

  it('has secrets of 256 bits, that are compared by their digests', () => {
    const secret = newSecret('cs_')
    assert.match(secret, /^cs_[\w-]{43}$/)
    assert.equal(matches(secret, digestOf(secret)), true)
    assert.equal(matches(`${secret}x`, digestOf(secret)), false)
    assert.equal(matches(digestOf(secret), digestOf(secret)), false)
    assert.equal(matches(secret, ''), false)
  })
})
