import assert from 'node:assert/strict'
import { IssuerReachability, type Reachability } from '../../ecosystems/issuer-reachability.ts'
import { IssuerUnreachable, Issuers } from '../../ecosystems/issuers.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { startOpenIdProvider, type OpenIdProvider } from '../support/openid-provider.ts'
import { until } from '../support/until.ts'

describe('whether an issuer can be reached', () => {
  let clock: ManualClock
  let provider: OpenIdProvider
  let reachability: IssuerReachability
  let told: [string, Reachability['status']][]
  beforeEach(async () => {
    clock = new ManualClock()
    provider = await startOpenIdProvider({ clock })
    reachability = new IssuerReachability({ clock })
    told = []
    reachability.listen((issuer, { status }) => told.push([issuer, status]))
  })
  afterEach(async () => {
    reachability.close()
    await provider.stop()
  })

  const probes = (): number => provider.requests.get('/.well-known/openid-configuration') ?? 0

  it('is not known before somebody has tried', () => {
    assert.equal(reachability.of(provider.issuer), undefined)
    assert.equal(reachability.isUnreachable(provider.issuer), false)
  })

  it('shows in fetching its keys: one failure may be chance, two are not', async () => {
    const row = { issuer: provider.issuer, clientId: 'latchkey', jwksUri: null }
    const issuers = new Issuers({ byIssuer: () => [row as never] }, { clock, reachability })
    const token = await provider.token('guest', { expiresInSeconds: 86_400 })
    await issuers.verify(token)
    assert.deepEqual(reachability.of(provider.issuer), { status: 'reachable', since: clock.now() })
    await provider.goAway()
    const other = new Issuers({ byIssuer: () => [row as never] }, { clock, reachability })
    await assert.rejects(other.verify(token), IssuerUnreachable)
    assert.equal(reachability.isUnreachable(provider.issuer), false)
    clock.advance(1_000)
    await assert.rejects(other.verify(token), IssuerUnreachable)
    assert.deepEqual(reachability.of(provider.issuer), {
      status: 'unreachable',
      since: clock.now(),
    })
    await provider.comeBack()
    clock.advance(1_000)
    await other.verify(token)
    assert.equal(reachability.isUnreachable(provider.issuer), false)
    assert.deepEqual(told, [
      [provider.issuer, 'unreachable'],
      [provider.issuer, 'reachable'],
    ])
  })

  it('is probed only while somebody depends on it', async () => {
    const stop = reachability.watch(provider.issuer)
    const stopToo = reachability.watch(provider.issuer)
    clock.advance(0)
    await until(() => reachability.of(provider.issuer)?.status === 'reachable')
    assert.equal(probes(), 1)
    await provider.goAway()
    // Time goes on in small steps, so that a probe has ended before it counts as too late.
    const becomes = (unreachable: boolean): Promise<void> =>
      until(() => {
        clock.advance(100)
        return reachability.isUnreachable(provider.issuer) === unreachable
      })
    await becomes(true)
    await provider.comeBack()
    stop()
    stop()
    await becomes(false)
    const before = probes()
    stopToo()
    clock.advance(150_000)
    assert.equal(clock.waiting, 0)
    assert.equal(probes(), before)
  })

  it('is remembered for a bounded number of issuers, and for all that somebody depends on', () => {
    const few = new IssuerReachability({ clock, maxIssuers: 2 })
    few.watch('https://a.example')
    few.answered('https://a.example')
    few.answered('https://b.example')
    few.answered('https://c.example')
    assert.equal(few.of('https://b.example'), undefined)
    assert.equal(few.of('https://a.example')?.status, 'reachable')
    assert.equal(few.of('https://c.example')?.status, 'reachable')
    few.close()
  })

  it('is told to all who listen, though one of them fails', () => {
    const log: string[] = []
    const own = new IssuerReachability({
      clock,
      failures: 1,
      log: (_level, text) => log.push(text),
    })
    own.listen(() => {
      throw new Error('a bad listener')
    })
    let heard = 0
    const stop = own.listen(() => heard++)
    own.failed('https://a.example', 'no answer')
    stop()
    own.answered('https://a.example')
    assert.equal(heard, 1)
    assert.equal(own.isUnreachable('https://a.example'), false)
    assert.deepEqual(log.filter((line) => line.includes('listener')).length, 2)
  })
})
