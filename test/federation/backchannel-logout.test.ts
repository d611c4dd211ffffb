import assert from 'node:assert/strict'
import { startReceiver, type Receiver } from './receiver.ts'

const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }

describe('the receiver of logouts', () => {
  let receiver: Receiver
  beforeEach(async () => (receiver = await startReceiver()))
  afterEach(() => receiver.stop())

  const signed = (claims: object, header: object = {}): Promise<string> =>
    receiver.provider.sign({
      header: { typ: 'logout+jwt', ...header },
      claims: {
        sub: 'guest',
        sid: 'sid-1',
        events,
        exp: Math.floor(receiver.clock.now() / 1000) + 120,
        ...claims,
      },
    })
  const told = async (token: string, type?: string): Promise<readonly [number, string]> => {
    const answer = await fetch(`${receiver.http}/backchannel-logout`, {
      method: 'POST',
      headers: { 'content-type': type ?? 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ logout_token: token }).toString(),
    })
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    return [answer.status, await answer.text()]
  }

  it('ends the sessions of the sign-in that it names, or of the person where it names none', async () => {
    const { issuer } = receiver.provider
    const now = receiver.clock.now()
    assert.deepEqual(await told(await signed({})), [200, ''])
    assert.deepEqual(await told(await signed({ sub: undefined })), [200, ''])
    assert.deepEqual(await told(await signed({ sid: undefined }, { typ: 'JWT' })), [200, ''])
    assert.deepEqual(await told(await signed({ exp: undefined }, { typ: undefined })), [200, ''])
    const of = { what: 'endSessions', issuer, reason: 'backchannel-logout' }
    assert.deepEqual(receiver.asked, [
      { ...of, subject: 'guest', sid: 'sid-1' },
      { ...of, sid: 'sid-1' },
      { ...of, subject: 'guest', since: now },
      { ...of, subject: 'guest', sid: 'sid-1' },
    ])
  })

  it('no longer lets tokens of that sign-in prove anything', async () => {
    const { provider, issuers, clock } = receiver
    const token = await provider.token('guest', { claims: { sid: 'sid-1' } })
    await issuers.verify(token)
    await told(await signed({ sub: undefined }))
    await assert.rejects(issuers.verify(token), { code: 'revoked' })
    await issuers.verify(await provider.token('guest', { claims: { sid: 'sid-2' } }))
    await told(await signed({ sid: undefined }))
    await assert.rejects(
      issuers.verify(await provider.token('guest', { claims: { sid: 'sid-2' } })),
      { code: 'revoked' },
    )
    clock.advance(1_000)
    await issuers.verify(await provider.token('guest', { claims: { sid: 'sid-3' } }))
  })

  it('refuses what is no logout of a trusted provider for us', async () => {
    const iat = Math.floor(receiver.clock.now() / 1000)
    for (const [what, token] of [
      ['an ID token', await receiver.provider.token('guest')],
      ['a nonce', await signed({ nonce: 'n' })],
      ['no events', await signed({ events: undefined })],
      ['other events', await signed({ events: { 'https://x.example': {} } })],
      [
        'an event that is a text',
        await signed({ events: { ...events, [Object.keys(events)[0] ?? '']: '' } }),
      ],
      ['a security event', await signed({}, { typ: 'secevent+jwt' })],
      ['nobody', await signed({ sub: undefined, sid: undefined })],
      ['a subject that is none', await signed({ sub: 7 })],
      ['a session that is none', await signed({ sid: '' })],
      ['no jti', await signed({ jti: undefined })],
      ['no iat', await signed({ iat: undefined })],
      ['an old iat', await signed({ iat: iat - 601 })],
      ['an iat to come', await signed({ iat: iat + 61 })],
      ['an end that has passed', await signed({ exp: iat - 61 })],
      ['an end far away', await signed({ exp: iat + 90_000 })],
      ['another audience', await signed({ aud: 'other' })],
      ['another issuer', await signed({ iss: 'https://x.example' })],
      ['no token', ''],
    ] as const) {
      const [status, text] = await told(token)
      assert.equal(status, 400, what)
      assert.equal((JSON.parse(text) as { error: string }).error, 'invalid_request', what)
    }
    assert.equal((await told(await signed({}), 'application/json'))[0], 400)
    assert.deepEqual(receiver.asked, [])
  })

  it('is told of a logout once', async () => {
    const token = await signed({})
    receiver.broken = true
    assert.equal((await told(token))[0], 503)
    receiver.broken = false
    assert.equal((await told(token))[0], 200)
    assert.equal((await told(token))[0], 400)
    assert.equal(receiver.asked.length, 2)
  })
})
