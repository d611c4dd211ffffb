import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import { z } from 'zod'
import { openPeople } from '../../demo/people.ts'
import { startProvider } from '../../demo/provider-server.ts'
import type { RunningProvider } from '../../demo/provider-server.ts'
import { issueToken } from '../../demo/token.ts'
import { Issuers } from '../../ecosystems/issuers.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { authorizationRequest, Browser } from './browser.ts'
import type { AuthorizationRequest } from './browser.ts'
import { idpRow } from '../support/rows.ts'

const tokensSchema = z.object({
  id_token: z.string(),
  access_token: z.string(),
  refresh_token: z.string().optional(),
})

describe('the demo’s OpenID provider', () => {
  const page = 'http://localhost:8080/'
  const clock = new ManualClock()
  let dir: string
  let provider: RunningProvider
  let passwords: ReadonlyMap<string, string>

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'latchkey-provider-'))
    provider = await startProvider({ dir, port: 0, pagePort: 8080, clock })
    passwords = new Map((await openPeople(dir)).map(({ name, password }) => [name, password]))
  })
  after(async () => {
    await provider.stop()
    await rm(dir, { recursive: true })
  })

  const ask = (extra?: Record<string, string>): AuthorizationRequest =>
    authorizationRequest(provider.issuer, page, 'latchkey', extra)

  const passwordOf = (person: string): string => passwords.get(person) ?? ''

  async function shown(answer: Response | URL): Promise<Response> {
    assert(answer instanceof Response, `led to ${answer instanceof URL ? answer.href : ''}`)
    return answer
  }

  async function signIn(
    browser: Browser,
    request: AuthorizationRequest,
    person: string,
  ): Promise<URL> {
    const form = await shown(await browser.open(request.address))
    assert.equal(form.status, 200)
    const answer = await browser.submit(form, { name: person, password: passwordOf(person) })
    assert(answer instanceof URL, 'the sign-in did not lead back')
    return answer
  }

  function tokenRequest(fields: Record<string, string>, origin?: string): Promise<Response> {
    return fetch(new URL('/token', provider.issuer), {
      method: 'POST',
      body: new URLSearchParams(fields),
      ...(origin !== undefined && { headers: { origin } }),
    })
  }

  async function redeem(
    back: URL,
    { verifier, redirectUri, clientId }: AuthorizationRequest,
  ): Promise<z.infer<typeof tokensSchema>> {
    const response = await tokenRequest({
      grant_type: 'authorization_code',
      code: back.searchParams.get('code') ?? '',
      redirect_uri: redirectUri,
      client_id: clientId,
      code_verifier: verifier,
    })
    assert.equal(response.status, 200)
    return tokensSchema.parse(await response.json())
  }

  const trusted = (): Issuers =>
    new Issuers({
      byIssuer: (issuer) => (issuer === provider.issuer ? [idpRow({ issuer })] : []),
    })

  it('signs a person in by code with PKCE, and its ID token proves who it is', async () => {
    const request = ask()
    const back = await signIn(new Browser(), request, 'guest')
    assert.equal(back.origin + back.pathname, page)
    assert.equal(back.searchParams.get('state'), 'the-state')
    assert.equal(back.searchParams.get('iss'), provider.issuer)
    const { id_token: token } = await redeem(back, request)
    const proof = await trusted().verify(token)
    assert.equal(proof.subject, 'guest')
    assert.equal(proof.name, 'guest')
    assert.deepEqual(proof.claims.amr, ['pwd'])
    assert.equal(proof.expiresAt - proof.issuedAt, 3_600_000)
    assert.equal(decodeJwt(token)['nonce'], 'the-nonce')
  })

  it('knows who has signed in already, and asks anew when told to', async () => {
    const browser = new Browser()
    await signIn(browser, ask(), 'friend')
    const silent = await browser.open(ask({ prompt: 'none' }).address)
    assert(silent instanceof URL)
    assert(silent.searchParams.has('code'))
    const anew = await shown(await browser.open(ask({ prompt: 'login' }).address))
    assert.match(await anew.text(), /Password/)
  })

  it('asks a program for the password though the browser has signed in', async () => {
    const browser = new Browser()
    await signIn(browser, ask(), 'owner')
    const redirect = 'http://127.0.0.1:54321/callback'
    const request = authorizationRequest(provider.issuer, redirect, 'latchkey_cli')
    const back = await signIn(browser, request, 'owner')
    assert.equal(back.origin + back.pathname, redirect)
    const { id_token: token } = await redeem(back, request)
    assert.equal(decodeJwt(token).aud, 'latchkey_cli')
  })

  it('gives newer tokens for a refresh token, and none after the person signed out', async () => {
    const browser = new Browser()
    const request = ask()
    const tokens = await redeem(await signIn(browser, request, 'guest'), request)
    const renewed = await tokenRequest({
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token ?? '',
      client_id: 'latchkey',
    })
    const newer = tokensSchema.parse(await renewed.json())
    assert.equal((await trusted().verify(newer.id_token)).subject, 'guest')

    const logout = new URL('/session/end', provider.issuer)
    logout.search = new URLSearchParams({
      client_id: 'latchkey',
      post_logout_redirect_uri: page,
    }).toString()
    const question = await shown(await browser.open(logout))
    const back = await browser.submit(question, { logout: 'yes' })
    assert(back instanceof URL)
    assert.equal(back.href, page)

    const refused = await tokenRequest({
      grant_type: 'refresh_token',
      refresh_token: newer.refresh_token ?? '',
      client_id: 'latchkey',
    })
    assert.equal(refused.status, 400)
    assert.match(await (await shown(await browser.open(ask().address))).text(), /Password/)
  })

  it('says so when the name or the password is wrong, and the same of both', async () => {
    const browser = new Browser()
    const form = await shown(await browser.open(ask().address))
    const wrong = await shown(await browser.submit(form, { name: 'owner', password: 'no' }))
    assert.equal(wrong.status, 401)
    const text = await wrong.clone().text()
    assert.match(text, /role="alert">Name or password is wrong\./)
    assert.match(text, /value="owner"/)
    const nobody = await shown(
      await browser.submit(wrong, { name: '"><b>', password: passwordOf('owner') }),
    )
    assert.equal(nobody.status, 401)
    assert.match(await nobody.clone().text(), /value="&quot;&gt;&lt;b&gt;"/)
    const back = await browser.submit(nobody, {
      name: ' Owner ',
      password: passwordOf('owner'),
    })
    assert(back instanceof URL, 'the right password did not do')
  })

  it('lets nobody guess: ten wrong passwords, then a minute of waiting', async () => {
    const browser = new Browser()
    const request = ask()
    const tryWith = async (name: string, password: string): Promise<Response | URL> =>
      browser.submit(await shown(await browser.open(request.address)), { name, password })
    for (let i = 0; i < 10; i++)
      assert.equal((await shown(await tryWith('guest', `wrong ${i}`))).status, 401)
    const locked = await shown(await tryWith('guest', passwordOf('guest')))
    assert.equal(locked.status, 429)
    assert.match(await locked.text(), /Try again in 60 s/)
    assert.equal(locked.headers.get('retry-after'), '60')
    assert((await tryWith('friend', passwordOf('friend'))) instanceof URL, 'others are not locked')
    clock.advance(60_000)
    assert((await new Browser().open(request.address)) instanceof Response)
    const other = new Browser()
    assert((await signIn(other, request, 'guest')) instanceof URL)
  })

  it('counts all names that do not exist together', async () => {
    clock.advance(60_000)
    const browser = new Browser()
    for (let i = 0; i < 10; i++) {
      const form = await shown(await browser.open(ask().address))
      const answer = await shown(await browser.submit(form, { name: `n${i}`, password: 'x' }))
      assert.equal(answer.status, 401)
    }
    const form = await shown(await browser.open(ask().address))
    assert.equal(
      (await shown(await browser.submit(form, { name: 'm', password: 'x' }))).status,
      429,
    )
    clock.advance(60_000)
  })

  it('takes a sign-in form only from the browser and page that it was shown in', async () => {
    const form = await shown(await new Browser().open(ask().address))
    const stranger = await shown(
      await new Browser().submit(form.clone(), { name: 'owner', password: passwordOf('owner') }),
    )
    assert.equal(stranger.status, 400)
    assert.match(await stranger.text(), /This sign-in is over/)

    const browser = new Browser()
    const mine = await shown(await browser.open(ask().address))
    const foreign = await browser.fetch(mine.url, {
      method: 'POST',
      headers: { origin: 'http://localhost:9999' },
      body: new URLSearchParams({ name: 'owner', password: passwordOf('owner') }),
    })
    assert.equal(foreign.status, 403)
    const long = await browser.fetch(mine.url, { method: 'POST', body: 'x'.repeat(5_000) })
    assert.equal(long.status, 413)
    assert.equal((await browser.fetch(mine.url, { method: 'DELETE' })).status, 405)
  })

  it('gives no code without PKCE, and no token without its verifier or twice', async () => {
    const bare = ask()
    bare.address.searchParams.delete('code_challenge')
    bare.address.searchParams.delete('code_challenge_method')
    const refused = await new Browser().open(bare.address)
    assert(refused instanceof URL)
    assert.equal(refused.searchParams.get('error'), 'invalid_request')

    const request = ask()
    const back = await signIn(new Browser(), request, 'guest')
    const code = back.searchParams.get('code') ?? ''
    const common = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: page,
      client_id: 'latchkey',
    }
    const other = await tokenRequest({ ...common, code_verifier: 'x'.repeat(43) })
    assert.equal(other.status, 400)
    await redeem(back, request)
    const again = await tokenRequest({ ...common, code_verifier: request.verifier })
    assert.equal(again.status, 400)
  })

  it('leads to no address that is not the page’s', async () => {
    for (const redirect of [
      'http://localhost:8081/',
      'http://localhost:8080/else',
      'https://localhost:8080/',
      'http://house.example:8080/',
    ]) {
      const request = authorizationRequest(provider.issuer, redirect, 'latchkey')
      const answer = await shown(await new Browser().open(request.address))
      assert.equal(answer.status, 400)
    }
    const native = authorizationRequest(provider.issuer, 'http://house.example/', 'latchkey_cli')
    assert.equal((await shown(await new Browser().open(native.address))).status, 400)
  })

  it('answers the page’s scripts and no others', async () => {
    const fields = { grant_type: 'refresh_token', refresh_token: 'x', client_id: 'latchkey' }
    for (const origin of ['http://localhost:8080', 'http://127.0.0.1:8080']) {
      const allowed = await tokenRequest(fields, origin)
      assert.equal(allowed.headers.get('access-control-allow-origin'), origin)
    }
    const foreign = await tokenRequest(fields, 'http://localhost:9999')
    assert.equal(foreign.headers.get('access-control-allow-origin'), null)
  })

  it('serves pages that load nothing and run nothing', async () => {
    const browser = new Browser()
    const pages = [
      await browser.open(ask().address),
      await browser.open(authorizationRequest(provider.issuer, page, 'nobody').address),
      await browser.open(new URL('/sign-in/unknown', provider.issuer)),
      await browser.open(new URL('/session/end/success', provider.issuer)),
    ]
    for (const answer of pages) {
      const response = await shown(answer)
      const policy = response.headers.get('content-security-policy') ?? ''
      assert.match(policy, /^default-src 'none'; style-src 'sha256-/)
      assert.match(policy, /frame-ancestors 'none'/)
      const html = await response.text()
      assert.match(html, /<html lang="en">/)
      assert.match(html, /<title>[^<]+<\/title>/)
      assert.doesNotMatch(html, /<script|@import|https?:\/\//)
    }
  })

  it('does not act under another host’s name', async () => {
    const { port } = new URL(provider.issuer)
    // fetch sends no Host but the address's own.
    const status = await new Promise((resolve, reject) => {
      const asking = httpRequest(
        { host: '127.0.0.1', port, path: '/healthz', headers: { host: `evil.example:${port}` } },
        (response) => {
          response.resume()
          resolve(response.statusCode)
        },
      )
      asking.once('error', reject)
      asking.end()
    })
    assert.equal(status, 421)
  })

  it('says that it is well', async () => {
    const response = await fetch(`${provider.issuer}/healthz`)
    assert.deepEqual(await response.json(), { ok: true, issuer: provider.issuer })
  })

  it('issues the folder’s owner tokens like those of a sign-in', async () => {
    const token = await issueToken(dir, 'guest')
    const proof = await trusted().verify(token)
    assert.equal(proof.subject, 'guest')
    assert.equal(proof.name, 'guest')
    assert.equal(proof.expiresAt - proof.issuedAt, 3_600_000)
    const request = ask()
    const signed = await redeem(await signIn(new Browser(), request, 'guest'), request)
    const other = decodeJwt(signed.id_token)
    const { aud, acr, amr, auth_time: at } = decodeJwt(token)
    assert.deepEqual({ aud, acr, amr }, { aud: other.aud, acr: other['acr'], amr: other['amr'] })
    assert.deepEqual([acr, amr], ['password', ['pwd']])
    assert.ok(Math.abs(Number(at) - proof.issuedAt / 1_000) < 5)
    assert.ok(Math.abs(Number(other['auth_time']) - proof.issuedAt / 1_000) < 5)
  })

  it('says of the folder’s owner that there were two factors, where that is asked for', async () => {
    const { acr, amr } = decodeJwt(await issueToken(dir, 'guest', 'gold'))
    assert.deepEqual([acr, amr], ['gold', ['pwd', 'otp', 'mfa']])
  })

  it('names its people when asked for a token of somebody else', async () => {
    await assert.rejects(
      issueToken(dir, 'stranger'),
      /there is no person "stranger"; the people are owner, friend, guest/,
    )
  })

  it('has people with passwords of their own, which can be typed', async () => {
    const text = await readFile(join(dir, 'people.json'), 'utf8')
    for (const [person, password] of passwords) {
      assert.match(password, /^[a-z]{4}-[a-z]{4}-[a-z]{4}$/)
      assert(text.includes(person))
    }
    assert.equal(new Set(passwords.values()).size, 3)
  })
})
