import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { IssuerUnreachable } from '../../ecosystems/issuers.ts'
import type { IssuersOptions } from '../../ecosystems/issuers.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { discoveryPath, row, serveOn, trusting } from './trusted-issuers.ts'

describe('an issuer that answers nonsense', () => {
  const clock = new ManualClock(1_800_000_000_000)

  /** A token that gets as far as the question for keys. */
  async function tokenOf(issuer: string): Promise<string> {
    const { privateKey } = await generateKeyPair('ES256')
    return new SignJWT({ iss: issuer })
      .setProtectedHeader({ alg: 'ES256', kid: 'k' })
      .sign(privateKey)
  }

  async function unreachable(
    answer: (address: string) => RequestListener,
    reason: RegExp,
    options?: IssuersOptions,
  ): Promise<void> {
    let listener: RequestListener = () => undefined
    const { address, close } = await serveOn((request, response) => listener(request, response))
    listener = answer(address)
    try {
      const issuers = trusting([row(address)], { clock, ...options })
      await assert.rejects(issuers.verify(await tokenOf(address)), (error: unknown) => {
        assert(error instanceof IssuerUnreachable, String(error))
        assert.equal(error.issuer, address)
        assert.match(error.message, reason)
        return true
      })
    } finally {
      await close()
    }
  }

  const document =
    (change: (address: string) => object): ((address: string) => RequestListener) =>
    (address) =>
    (request, response) => {
      const discovery = { issuer: address, jwks_uri: `${address}/jwks`, ...change(address) }
      response.end(JSON.stringify(request.url === discoveryPath ? discovery : { keys: [] }))
    }

  it('is unreachable when nobody listens', async () => {
    const { address, close } = await serveOn(() => undefined)
    await close()
    const issuers = trusting([row(address)], { clock })
    await assert.rejects(issuers.verify(await tokenOf(address)), IssuerUnreachable)
  })

  it('is unreachable by a name whose addresses all refuse, and that is said', async () => {
    const { address, close } = await serveOn(() => undefined)
    await close()
    const named = address.replace('127.0.0.1', 'localhost')
    const issuers = trusting([row(named)], { clock })
    await assert.rejects(issuers.verify(await tokenOf(named)), /ECONNREFUSED/)
  })

  it('is unreachable when its document is another issuer’s', () =>
    unreachable(
      document(() => ({ issuer: 'https://else.example' })),
      /document of/,
    ))

  it('is unreachable when its document names no keys', () =>
    unreachable(
      document(() => ({ jwks_uri: 7 })),
      /names no jwks_uri/,
    ))

  it('is unreachable when its keys lie on http beyond this machine', () =>
    unreachable(
      document(() => ({ jwks_uri: 'http://192.0.2.1/jwks' })),
      /neither https nor http/,
    ))

  it('is unreachable when its answer is no JSON', () =>
    unreachable(() => (_request, response) => response.end('<html>'), /JSON/))

  it('is unreachable when its answer is a list', () =>
    unreachable(() => (_request, response) => response.end('[]'), /no JSON object/))

  it('is unreachable when its keys are no key set', () =>
    unreachable(
      (address) => (request, response) => {
        const discovery = { issuer: address, jwks_uri: `${address}/jwks` }
        response.end(JSON.stringify(request.url === discoveryPath ? discovery : { keys: ['k'] }))
      },
      /holds no key set/,
    ))

  it('is unreachable when its answer is larger than the bound', () =>
    unreachable(
      () => (_request, response) => response.end(`{"a":"${'x'.repeat(1_000)}"}`),
      /more than 512 bytes/,
      { maxBodyBytes: 512 },
    ))

  it('is unreachable when it sends elsewhere', () =>
    unreachable(
      (address) => (_request, response) => {
        response.writeHead(302, { location: `${address}/else` }).end()
      },
      /redirect/,
    ))

  it('is unreachable when it answers too late, also in the middle of the body', async () => {
    for (const start of [false, true])
      await unreachable(
        () => (_request, response) => {
          if (start) response.write('{')
          // The clock stands still, so only the request's arrival may move it.
          setImmediate(() => clock.advance(2_000))
        },
        /no answer within 2000 ms/,
        { timeoutMs: 2_000 },
      )
    assert.equal(clock.waiting, 0)
  })

  it('lets no token wait longer than 3 s, and serves the next one when it has answered', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256')
    const keys = [{ ...(await exportJWK(publicKey)), kid: 'k' }]
    let answer = (): void => undefined
    const { address, close } = await serveOn((_request, response) => {
      answer = () => response.end(JSON.stringify({ keys }))
      setImmediate(() => clock.advance(3_000))
    })
    try {
      const issuers = trusting([row('https://issuer.example', 'latchkey', address)], { clock })
      const token = await new SignJWT({ sub: 'guest', iss: 'https://issuer.example' })
        .setProtectedHeader({ alg: 'ES256', kid: 'k' })
        .setAudience('latchkey')
        .setIssuedAt(1_800_000_000)
        .setExpirationTime(1_900_000_000)
        .sign(privateKey)
      await assert.rejects(issuers.verify(token), /no answer within 3000 ms/)
      const next = issuers.verify(token)
      answer()
      assert.equal((await next).subject, 'guest')
      assert.equal(clock.waiting, 0)
    } finally {
      await close()
    }
  })
})
