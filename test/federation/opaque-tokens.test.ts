import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IssuerReachability } from '../../ecosystems/issuer-reachability.ts'
import { IssuerUnreachable, TokenRejected } from '../../ecosystems/issuers.ts'
import type { IdpRow } from '../../ecosystems/store/store.ts'
import {
  OpaqueTokens,
  type LiveSession,
  type OpaqueTokenParts,
} from '../../federation/opaque-tokens.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { startOpenIdProvider, type OpenIdProvider } from '../support/openid-provider.ts'
import { until } from '../support/until.ts'
import { idpRow } from './receiver.ts'

describe('an opaque access token', () => {
  let dir: string
  let clock: ManualClock
  let provider: OpenIdProvider
  let reachability: IssuerReachability
  let sessions: (LiveSession & { killed: boolean })[]
  let tokens: OpaqueTokens | undefined
  let server: Server | undefined

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lk-opaque-'))
    clock = new ManualClock()
    provider = await startOpenIdProvider({ clock })
    reachability = new IssuerReachability({ clock })
    sessions = []
    await writeFile(join(dir, 'secret'), `${provider.introspection.clientSecret}\n`)
  })
  afterEach(async () => {
    tokens?.close()
    assert.equal(clock.waiting, 0)
    await provider.stop()
    server?.close()
    server?.closeAllConnections()
    server = undefined
    await rm(dir, { recursive: true, force: true })
  })

  const asked = (endpoint = `${provider.issuer}/token/introspection`): IdpRow =>
    idpRow(provider, {
      introspection: {
        endpoint,
        clientId: provider.introspection.clientId,
        secretFile: join(dir, 'secret'),
      },
    })
  const over = (
    rows: readonly IdpRow[] = [asked()],
    more: Partial<OpaqueTokenParts> = {},
  ): OpaqueTokens =>
    (tokens = new OpaqueTokens({
      clock,
      log: () => undefined,
      idps: { list: () => rows },
      reachability,
      cuts: () => false,
      sessionsOf: () => sessions,
      intervalMs: 60_000,
      atOnce: 2,
      max: 3,
      timeoutMs: 5_000,
      maxBodyBytes: 4_096,
      ...more,
    }))
  const session = (evidence: object): LiveSession & { killed: boolean } => {
    const made = {
      principal: {
        kind: 'person',
        authid: 'guest',
        authrole: 'person',
        authmethod: 'ticket',
        authprovider: provider.issuer,
        evidence,
      },
      killed: false,
      kill() {
        made.killed = true
      },
    }
    sessions.push(made)
    return made
  }
  /** A provider that says whatever a test lets it say. */
  const saying = async (status: number, body: string): Promise<IdpRow> => {
    server = createServer((request, response) => {
      request.resume()
      response.writeHead(status).end(body)
    })
    await new Promise<void>((resolve) => {
      server?.listen(0, '127.0.0.1', resolve)
    })
    return asked(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  }

  it('proves whose it is, until it ends', async () => {
    const token = await provider.accessToken('guest', { expiresInSeconds: 600 })
    const proof = await over().verify(token, undefined)
    const { expiresAt, issuedAt, ...rest } = proof.token
    assert.deepEqual(rest, { issuer: provider.issuer, subject: 'guest', claims: {} })
    assert.ok(Math.abs(expiresAt - clock.now() - 600_000) < 3_000)
    assert.ok(Math.abs(issuedAt - clock.now()) < 3_000)
  })

  it('is refused when it is ended, unknown, taken back by other means, or no provider can be asked', async () => {
    const token = await provider.accessToken('guest')
    await assert.rejects(over().verify('unknown', undefined), TokenRejected)
    await assert.rejects(over([asked()], { cuts: () => true }).verify(token, undefined), {
      code: 'revoked',
    })
    for (const rows of [[], [idpRow(provider)], [{ ...asked(), status: 'disabled' as const }]]) {
      assert.equal(over(rows).accepts(undefined), false)
      await assert.rejects(over(rows).verify(token, undefined), { code: 'untrusted_issuer' })
    }
    await provider.revoke(token)
    await assert.rejects(over().verify(token, undefined), { code: 'revoked' })
  })

  it('is asked about at the issuer that is named, or at the only one that can be asked', async () => {
    const other: IdpRow = { ...asked(), issuer: 'https://other.example' }
    const both = over([other, asked()])
    assert.equal(both.accepts(undefined), false)
    assert.equal(both.accepts(provider.issuer), true)
    assert.equal(both.accepts('https://unknown.example'), false)
    const token = await provider.accessToken('guest')
    assert.equal((await both.verify(token, provider.issuer)).token.subject, 'guest')
  })

  it('is refused when the answer is not about a person, for us, of that issuer, with an end, for its bearer', async () => {
    const exp = Math.floor(clock.now() / 1000) + 60
    const good = { active: true, sub: 'guest', client_id: 'latchkey', exp }
    for (const [code, answer] of [
      ['revoked', { ...good, active: 'true' }],
      ['untrusted_issuer', { ...good, iss: 'https://x.example' }],
      ['wrong_audience', { ...good, client_id: 'other' }],
      // Another service to which the same app speaks could show it here.
      ['wrong_audience', { ...good, aud: 'https://another.example' }],
      ['wrong_audience', { ...good, aud: [] }],
      ['malformed', { ...good, cnf: { jkt: 'x' } }],
      ['malformed', { ...good, sub: undefined }],
      ['malformed', { ...good, exp: undefined }],
      ['expired', { ...good, exp: exp - 60 }],
    ] as const) {
      const row = await saying(200, JSON.stringify(answer))
      await assert.rejects(over([row]).verify('t', undefined), { code }, JSON.stringify(answer))
      server?.close()
    }
    const row = await saying(
      200,
      JSON.stringify({ ...good, client_id: 'app', aud: ['x', 'latchkey'], acr: 'aal2', sid: 's' }),
    )
    const { token } = await over([row]).verify('t', undefined)
    assert.deepEqual(token.claims, { acr: 'aal2', sid: 's' })
  })

  it('cannot be checked while its provider cannot be asked, which is no word about it', async () => {
    for (const [status, body] of [
      [500, '{}'],
      [401, '{}'],
      [200, 'no JSON'],
      [200, '[]'],
      [200, `{"a":"${'x'.repeat(5_000)}"}`],
    ] as const) {
      const row = await saying(status, body)
      await assert.rejects(
        over([row]).verify('t', undefined),
        IssuerUnreachable,
        `${status} ${body}`,
      )
      server?.close()
    }
    for (const introspection of [
      { ...asked().introspection, secretFile: join(dir, 'missing') },
      { ...asked().introspection, endpoint: 'http://id.example/introspect' },
    ])
      await assert.rejects(
        over([{ ...asked(), introspection: introspection as never }]).verify('t', undefined),
        IssuerUnreachable,
      )
    await writeFile(join(dir, 'secret'), ' \n')
    await assert.rejects(over().verify('t', undefined), IssuerUnreachable)
  })

  it('tells of its provider’s reachability', async () => {
    const token = await provider.accessToken('guest')
    const own = over()
    const unreadable = { ...asked().introspection, secretFile: join(dir, 'missing') }
    const ours = over([{ ...asked(), introspection: unreadable as never }])
    for (let times = 0; times < 2; times++)
      await assert.rejects(ours.verify(token, undefined), IssuerUnreachable)
    assert.equal(reachability.isUnreachable(provider.issuer), false, 'a file of ours is missing')
    await own.verify(token, undefined)
    assert.equal(reachability.of(provider.issuer)?.status, 'reachable')
    await provider.goAway()
    for (let times = 0; times < 2; times++)
      await assert.rejects(own.verify(token, undefined), IssuerUnreachable)
    assert.equal(reachability.isUnreachable(provider.issuer), true)
  })

  it('is asked about again while sessions rest on it, and only those end with it', async () => {
    const own = over()
    const token = await provider.accessToken('guest')
    const evidence = { by: 'token' }
    const proof = await own.verify(token, undefined)
    proof.hold('guest', evidence)
    const [mine, others] = [session(evidence), session({ by: 'another' })]
    const questions = (): number => provider.requests.get('/token/introspection') ?? 0
    const before = questions()
    clock.advance(60_000)
    await until(() => questions() === before + 1)
    await provider.revoke(token)
    await until(() => clock.waiting === 1)
    clock.advance(60_000)
    await until(() => mine.killed)
    assert.equal(others.killed, false)
    clock.advance(600_000)
    assert.equal(questions(), before + 2)
  })

  it('is forgotten when no session rests on it any more', async () => {
    const own = over()
    const proof = await own.verify(await provider.accessToken('guest'), undefined)
    proof.hold('guest', {})
    clock.advance(120_000)
    assert.equal(clock.waiting, 0)
    assert.equal(provider.requests.get('/token/introspection'), 1)
  })

  it('is one of a bounded number, and so are the questions of joins', async () => {
    const own = over([asked()], { max: 1 })
    const token = await provider.accessToken('guest')
    const three = await Promise.allSettled([1, 2, 3].map(() => own.verify(token, undefined)))
    assert.deepEqual(
      three.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected'],
    )
    const [first] = three
    assert(first?.status === 'fulfilled')
    first.value.hold('guest', {})
    await assert.rejects(own.verify(token, undefined), IssuerUnreachable)
  })
})
