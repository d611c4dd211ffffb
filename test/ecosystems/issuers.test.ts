import assert from 'node:assert/strict'
import { exportJWK, generateKeyPair, importJWK, SignJWT, UnsecuredJWT } from 'jose'
import type { CryptoKey, JWK } from 'jose'
import {
  insecureAddress,
  type Issuers,
  IssuerUnreachable,
  TokenRejected,
} from '../../ecosystems/issuers.ts'
import type { TokenRejectionCode } from '../../ecosystems/issuers.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { startOpenIdProvider } from '../support/openid-provider.ts'
import type { OpenIdProvider } from '../support/openid-provider.ts'
import { discoveryPath, row, serveOn, trusting } from './trusted-issuers.ts'

async function refused(verification: Promise<unknown>, code: TokenRejectionCode): Promise<void> {
  await assert.rejects(verification, (error: unknown) => {
    assert(error instanceof TokenRejected, String(error))
    assert.equal(error.code, code, error.message)
    return true
  })
}

const jwksPath = '/jwks'

describe('an ID token', () => {
  const clock = new ManualClock(1_800_000_000_000)
  let provider: OpenIdProvider
  let issuers: Issuers

  before(async () => {
    provider = await startOpenIdProvider({ people: ['owner', 'guest'], clock })
    issuers = trusting([row(provider.issuer)], { clock })
  })
  after(() => provider.stop())

  /** A token that only the provider itself could have made, with whatever it says. */
  async function signed(
    claims: Record<string, unknown>,
    header: { alg?: string; kid?: string; typ?: string; crit?: string[] } = {},
    key?: CryptoKey | Uint8Array,
  ): Promise<string> {
    const jwk = provider.signingKey()
    const now = Math.floor(clock.now() / 1000)
    return new SignJWT({
      iss: provider.issuer,
      aud: 'latchkey',
      sub: 'guest',
      iat: now,
      exp: now + 3600,
      ...claims,
    })
      .setProtectedHeader({
        alg: 'ES256',
        ...(jwk.kid !== undefined && { kid: jwk.kid }),
        ...header,
      })
      .sign(key ?? (await importJWK(jwk, 'ES256')))
  }

  it('shows an address only if the provider has verified it', async () => {
    const of = async (claims: Record<string, unknown>): Promise<string | undefined> =>
      (await issuers.verify(await signed(claims))).email
    const email = 'Guest@house.example'
    assert.equal(await of({ email, email_verified: true }), email)
    for (const claims of [
      { email },
      { email, email_verified: false },
      { email, email_verified: 'true' },
      { email: 'guest', email_verified: true },
      { email: 'a@b@c', email_verified: true },
      { email: 'a b@c', email_verified: true },
      { email: 'a@'.padEnd(300, 'b'), email_verified: true },
      { email: 7, email_verified: true },
    ])
      assert.equal(await of(claims), undefined, JSON.stringify(claims))
  })

  it('of a trusted issuer proves issuer, subject, name and when the proof ends', async () => {
    assert.deepEqual(await issuers.verify(await provider.token('guest')), {
      issuer: provider.issuer,
      subject: 'guest',
      name: 'guest',
      expiresAt: 1_800_003_600_000,
      issuedAt: 1_800_000_000_000,
      claims: {},
    })
  })

  it('issued by the provider’s own class is accepted', async () => {
    const today = await startOpenIdProvider({ people: ['owner'] })
    try {
      const identity = await trusting([row(today.issuer)]).verify(await today.token('owner'))
      assert.equal(identity.subject, 'owner')
      assert.equal(identity.name, 'owner')
    } finally {
      await today.stop()
    }
  })

  it('tells how the person signed in, where the issuer says so in the right types', async () => {
    const token = await signed({ acr: 'aal2', amr: ['pwd', 'otp'], auth_time: 1_799_999_000 })
    assert.deepEqual((await issuers.verify(token)).claims, {
      acr: 'aal2',
      amr: ['pwd', 'otp'],
      auth_time: 1_799_999_000,
    })
    const odd = await signed({ acr: 2, amr: 'pwd', auth_time: 'yesterday' })
    assert.deepEqual((await issuers.verify(odd)).claims, {})
  })

  it('has a name without control characters, or none', async () => {
    const named = await signed({ name: ' A\u001b[2Jn\u0000a\n' })
    assert.equal((await issuers.verify(named)).name, 'A [2Jn a')
    assert.equal((await issuers.verify(await signed({ name: '\t' }))).name, undefined)
    assert.equal((await issuers.verify(await signed({ name: ['x'] }))).name, undefined)
    assert.equal((await issuers.verify(await signed({ name: 'é'.repeat(999) }))).name?.length, 255)
  })

  it('expired by 59 s is accepted, by 60 s and 61 s refused', async () => {
    const late = await issuers.verify(await provider.token('guest', { expiresInSeconds: -59 }))
    // Accepted by the skew alone, it holds as long as the skew lets it.
    assert.equal(late.expiresAt, clock.now() + 1_000)
    await refused(
      issuers.verify(await provider.token('guest', { expiresInSeconds: -60 })),
      'expired',
    )
    await refused(
      issuers.verify(await provider.token('guest', { expiresInSeconds: -61 })),
      'expired',
    )
  })

  it('from the future is refused beyond the skew, by nbf as by iat', async () => {
    const now = Math.floor(clock.now() / 1000)
    await issuers.verify(await signed({ iat: now + 60, nbf: now + 60 }))
    await refused(issuers.verify(await signed({ iat: now + 61 })), 'not_yet_valid')
    await refused(issuers.verify(await signed({ nbf: now + 61 })), 'not_yet_valid')
  })

  it('takes another skew from the option', async () => {
    const strict = trusting([row(provider.issuer)], { clock, skewMs: 0 })
    await refused(strict.verify(await provider.token('guest', { expiresInSeconds: -1 })), 'expired')
  })

  it('for another audience is refused', async () => {
    const token = await provider.token('guest', { audience: 'another' })
    await refused(issuers.verify(token), 'wrong_audience')
    await refused(issuers.verify(await signed({ aud: [] })), 'wrong_audience')
    await refused(issuers.verify(await signed({ aud: undefined })), 'wrong_audience')
  })

  it('for several audiences counts only if it was made out to us', async () => {
    const aud = ['latchkey', 'another']
    await refused(issuers.verify(await signed({ aud })), 'wrong_audience')
    await refused(issuers.verify(await signed({ aud, azp: 'another' })), 'wrong_audience')
    await issuers.verify(await signed({ aud, azp: 'latchkey' }))
    await issuers.verify(await signed({ aud: ['latchkey'], azp: 'another' }))
  })

  it('for any of the client ids of its issuer is accepted', async () => {
    const both = trusting([row(provider.issuer), row(provider.issuer, 'another')], { clock })
    await both.verify(await provider.token('guest', { audience: 'another' }))
  })

  it('of an issuer that is not trusted is refused, whatever key signed it', async () => {
    const token = await signed({ iss: 'http://127.0.0.1:1' })
    await refused(issuers.verify(token), 'untrusted_issuer')
    await refused(issuers.verify(await signed({ iss: `${provider.issuer}/` })), 'untrusted_issuer')
  })

  it('with "alg": "none" is refused, with and without a signature', async () => {
    const claims = { sub: 'owner', iss: provider.issuer, aud: 'latchkey', iat: 1, exp: 2e9 }
    const unsecured = new UnsecuredJWT(claims).encode()
    await refused(issuers.verify(unsecured), 'algorithm')
    const [, payload = ''] = unsecured.split('.')
    for (const alg of ['none', 'None', 'NONE', 'nOnE']) {
      const header = Buffer.from(JSON.stringify({ alg })).toString('base64url')
      for (const signature of ['', 'AAAA'])
        await refused(issuers.verify(`${header}.${payload}.${signature}`), 'algorithm')
    }
  })

  it('signed with the public key as an HMAC secret is refused', async () => {
    const { x = '' } = provider.signingKey()
    for (const alg of ['HS256', 'HS384', 'HS512']) {
      const token = await signed({}, { alg }, Buffer.from(x.padEnd(64, 'A')))
      await refused(issuers.verify(token), 'algorithm')
    }
  })

  it('with an algorithm outside the list is refused', async () => {
    const { privateKey } = await generateKeyPair('ES384')
    await refused(issuers.verify(await signed({}, { alg: 'ES384' }, privateKey)), 'algorithm')
    const rsa = await generateKeyPair('RS512')
    await refused(issuers.verify(await signed({}, { alg: 'RS512' }, rsa.privateKey)), 'algorithm')
  })

  it('signed by another key under the kid of the right one is refused', async () => {
    const { privateKey } = await generateKeyPair('ES256')
    await refused(issuers.verify(await signed({}, {}, privateKey)), 'bad_signature')
  })

  it('signed by a key that the issuer does not know is refused', async () => {
    const { privateKey } = await generateKeyPair('ES256')
    await refused(issuers.verify(await signed({}, { kid: 'mine' }, privateKey)), 'unknown_key')
  })

  it('that brings its own key in the header is refused', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256')
    const header = { alg: 'ES256', kid: 'mine', jwk: await exportJWK(publicKey) }
    const token = await new SignJWT({ sub: 'owner' })
      .setProtectedHeader(header)
      .setIssuer(provider.issuer)
      .setAudience('latchkey')
      .setIssuedAt(Math.floor(clock.now() / 1000))
      .setExpirationTime(Math.floor(clock.now() / 1000) + 60)
      .sign(privateKey)
    await refused(issuers.verify(token), 'unknown_key')
  })

  it('of which one byte was changed is refused', async () => {
    const [header = '', payload = '', signature = ''] = (await provider.token('guest')).split('.')
    const claims = Buffer.from(payload, 'base64url').toString().replace('guest', 'owner')
    const forged = Buffer.from(claims).toString('base64url')
    await refused(issuers.verify(`${header}.${forged}.${signature}`), 'bad_signature')
  })

  it('without a subject, with an odd or an endless one is refused', async () => {
    for (const sub of ['', ' ', 'a\nb', 'a\u0000', 'x'.repeat(256), 7, null, ['guest']]) {
      const token = await signed({ sub })
      await refused(issuers.verify(token), 'malformed')
    }
    await refused(issuers.verify(await signed({ sub: undefined })), 'malformed')
    await issuers.verify(await signed({ sub: 'x'.repeat(255) }))
  })

  it('without end or beginning, or with odd ones, is refused', async () => {
    await refused(issuers.verify(await signed({ exp: undefined })), 'malformed')
    await refused(issuers.verify(await signed({ iat: undefined })), 'malformed')
    for (const odd of ['2030-01-01', null, {}, [1]]) {
      const claims = JSON.parse(JSON.stringify({ exp: odd }))
      await refused(issuers.verify(await signed(claims)), 'malformed')
    }
    await refused(issuers.verify(await signed({ exp: 1e300 })), 'malformed')
  })

  it('that is no ID token is refused though the same issuer signed it', async () => {
    await refused(issuers.verify(await signed({}, { typ: 'at+jwt' })), 'malformed')
    await refused(issuers.verify(await signed({}, { typ: 'logout+jwt' })), 'malformed')
    await refused(issuers.verify(await signed({ events: {} })), 'malformed')
    await issuers.verify(await signed({}, { typ: 'JWT' }))
  })

  it('with a critical extension that is unknown is refused', async () => {
    const [, payload = '', signature = ''] = (await provider.token('guest')).split('.')
    const header = { alg: 'ES256', kid: provider.signingKey().kid, crit: ['x'], x: 1 }
    const forged = Buffer.from(JSON.stringify(header)).toString('base64url')
    await refused(issuers.verify(`${forged}.${payload}.${signature}`), 'malformed')
  })

  it('that is no token at all is refused', async () => {
    const token = await provider.token('guest')
    const encrypted = `${token}.AAAA.AAAA`
    for (const text of [
      '',
      '.',
      '..',
      '...',
      'a.b.c',
      'e30.e30.',
      '\u0000',
      encrypted,
      `${token}=`,
    ])
      await refused(issuers.verify(text), 'malformed')
    await refused(issuers.verify('x'.repeat(16 * 1024 + 1)), 'malformed')
    await refused(issuers.verify(await signed({ pad: 'x'.repeat(13_000) })), 'malformed')
  })

  it('is refused without asking the issuer, if issuer or algorithm can be told not to do', async () => {
    const fresh = trusting([row(provider.issuer)], { clock })
    const asked = provider.requests.get(jwksPath)
    await refused(fresh.verify(new UnsecuredJWT({ iss: provider.issuer }).encode()), 'algorithm')
    await refused(fresh.verify(await signed({ iss: 'https://else' })), 'untrusted_issuer')
    assert.equal(provider.requests.get(jwksPath), asked)
  })

  it('of two issuers with the same subject and e-mail is two identities', async () => {
    const other = await startOpenIdProvider({ people: ['guest'], clock })
    try {
      const both = trusting([row(provider.issuer), row(other.issuer)], { clock })
      const one = await both.verify(await provider.token('guest'))
      const two = await both.verify(await other.token('guest'))
      assert.equal(one.subject, two.subject)
      assert.notEqual(one.issuer, two.issuer)
    } finally {
      await other.stop()
    }
  })

  it('signed by one trusted issuer in the name of another is refused', async () => {
    const other = await startOpenIdProvider({ people: ['guest'], clock })
    try {
      const both = trusting([row(provider.issuer), row(other.issuer)], { clock })
      const token = await signed({ iss: other.issuer })
      await refused(both.verify(token), 'unknown_key')
    } finally {
      await other.stop()
    }
  })
})

describe('the keys of an issuer', () => {
  const clock = new ManualClock(1_800_000_000_000)
  let provider: OpenIdProvider
  let issuers: Issuers

  const asked = (): number => provider.requests.get(jwksPath) ?? 0

  beforeEach(async () => {
    provider = await startOpenIdProvider({ people: ['guest'], clock })
    issuers = trusting([row(provider.issuer)], { clock })
  })
  afterEach(() => provider.stop())

  /** A token that names a key which the issuer never had. */
  async function unknownKid(): Promise<string> {
    const { privateKey } = await generateKeyPair('ES256')
    return new SignJWT({ iss: provider.issuer })
      .setProtectedHeader({ alg: 'ES256', kid: crypto.randomUUID() })
      .sign(privateKey)
  }

  it('are fetched once, however many first tokens come at a time', async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, () => provider.token('guest')))
    await Promise.all(tokens.map((token) => issuers.verify(token)))
    assert.equal(asked(), 1)
    assert.equal(provider.requests.get(discoveryPath), 1)
  })

  it('are asked for anew after their age, the discovery document is not', async () => {
    await issuers.verify(await provider.token('guest'))
    clock.advance(599_999)
    await issuers.verify(await provider.token('guest'))
    assert.equal(asked(), 1)
    clock.advance(1)
    await issuers.verify(await provider.token('guest'))
    assert.equal(asked(), 2)
    assert.equal(provider.requests.get(discoveryPath), 1)
  })

  it('are asked for anew at a token of a new key', async () => {
    const old = await provider.token('guest')
    await issuers.verify(old)
    await provider.rotateKeys()
    clock.advance(30_000)
    await issuers.verify(await provider.token('guest'))
    assert.equal(asked(), 2)
    await refused(issuers.verify(old), 'unknown_key')
  })

  it('are not asked for more than once in 30 s by a flood of unknown keys', async () => {
    await issuers.verify(await provider.token('guest'))
    for (let round = 1; round <= 3; round++) {
      clock.advance(29_999)
      for (let i = 0; i < 10; i++) await refused(issuers.verify(await unknownKid()), 'unknown_key')
      assert.equal(asked(), round)
      clock.advance(1)
      const flood = await Promise.all(Array.from({ length: 10 }, () => unknownKid()))
      await Promise.all(flood.map((token) => refused(issuers.verify(token), 'unknown_key')))
      assert.equal(asked(), round + 1)
    }
    await issuers.verify(await provider.token('guest'))
  })

  it('serve for a day while the issuer is down, those that are known, and then no longer', async () => {
    const token = await provider.token('guest', { expiresInSeconds: 3 * 86_400 })
    await issuers.verify(token)
    const lastKey = provider.signingKey()
    await provider.rotateKeys()
    const ofNewKey = await provider.token('guest', { expiresInSeconds: 3 * 86_400 })
    await provider.stop()
    clock.advance(86_399_999)
    await issuers.verify(token)
    // Nobody can say whether that key is the issuer's, so nobody says that it is not.
    assert.notEqual(provider.signingKey().kid, lastKey.kid)
    await assert.rejects(issuers.verify(ofNewKey), IssuerUnreachable)
    clock.advance(1)
    await assert.rejects(issuers.verify(token), IssuerUnreachable)
  })

  it('are asked for anew when the clock was set back', async () => {
    await issuers.verify(await provider.token('guest'))
    clock.advance(-600_000)
    await issuers.verify(await provider.token('guest'))
    assert.equal(asked(), 2)
    clock.advance(600_000)
  })

  it('that cannot be had are asked for again after a second, and then serve', async () => {
    let up = false
    let requests = 0
    const { address, close } = await serveOn((_request, response) => {
      requests++
      response.statusCode = up ? 200 : 503
      const { d: _secret, ...key } = provider.signingKey()
      response.end(JSON.stringify({ keys: [key] }))
    })
    try {
      const given = trusting([row(provider.issuer, 'latchkey', `${address}/keys`)], { clock })
      const token = await provider.token('guest')
      await assert.rejects(given.verify(token), /answered 503/)
      up = true
      await assert.rejects(given.verify(token), IssuerUnreachable)
      assert.equal(requests, 1)
      clock.advance(1_000)
      await given.verify(token)
      assert.equal(requests, 2)
      assert.equal(provider.requests.get(discoveryPath), undefined)
    } finally {
      await close()
    }
  })

  it('are held for a bounded number of issuers', async () => {
    const other = await startOpenIdProvider({ people: ['guest'], clock })
    try {
      const one = trusting([row(provider.issuer), row(other.issuer)], { clock, maxIssuers: 1 })
      await one.verify(await provider.token('guest'))
      await one.verify(await other.token('guest'))
      await one.verify(await provider.token('guest'))
      assert.equal(asked(), 2)
    } finally {
      await other.stop()
    }
  })

  it('without kid are tried in turn', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
    const strangers = await Promise.all(
      Array.from({ length: 3 }, async () => exportJWK((await generateKeyPair('ES256')).publicKey)),
    )
    const keys: JWK[] = [...strangers, await exportJWK(publicKey)]
    const { address, close } = await serveOn((_request, response) => {
      response.end(JSON.stringify({ keys }))
    })
    try {
      const given = trusting([row('https://issuer.example', 'latchkey', address)], { clock })
      const sign = async (key: CryptoKey): Promise<string> =>
        new SignJWT({ sub: 'guest' })
          .setProtectedHeader({ alg: 'ES256' })
          .setIssuer('https://issuer.example')
          .setAudience('latchkey')
          .setIssuedAt(1_800_000_000)
          .setExpirationTime(1_900_000_000)
          .sign(key)
      assert.equal((await given.verify(await sign(privateKey))).subject, 'guest')
      const stranger = await generateKeyPair('ES256')
      await refused(given.verify(await sign(stranger.privateKey)), 'bad_signature')
    } finally {
      await close()
    }
  })
})

describe('the address of keys', () => {
  it('is https anywhere or http on a loopback host', () => {
    for (const address of [
      'https://issuer.example/keys',
      'http://localhost:9000',
      'http://id.localhost',
      'http://127.0.0.1:1/x',
      'http://127.8.9.10',
      'http://0x7f000001/',
      'http://[::1]:80/',
    ])
      assert.equal(insecureAddress(address), undefined, address)
    for (const address of [
      'http://issuer.example',
      'http://localhost.example',
      'http://127.0.0.1.example',
      'http://10.0.0.1',
      'http://[::2]',
      'ftp://localhost',
      'file:///etc/hosts',
      'data:application/json,{}',
      'https://user:secret@issuer.example',
      'issuer.example',
      '',
    ])
      assert.equal(typeof insecureAddress(address), 'string', address)
  })
})
