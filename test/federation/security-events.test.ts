import assert from 'node:assert/strict'
import { generateKeyPair, SignJWT } from 'jose'
import { eventually } from '../support/eventually.ts'
import { eventTypes, push, securityEvent } from '../support/pushes.ts'
import { startReceiver, type Receiver } from './receiver.ts'

describe('the receiver of security events', () => {
  let receiver: Receiver
  afterEach(() => receiver.stop())
  const start = async (options?: Parameters<typeof startReceiver>[0]): Promise<void> => {
    receiver = await startReceiver(options)
  }
  const event = (
    type: string,
    subject: Parameters<typeof securityEvent>[2] = 'guest',
    more?: Parameters<typeof securityEvent>[3],
  ): Promise<string> => securityEvent(receiver.provider, type, subject, more)
  const told = async (token: string, type?: string): Promise<readonly [number, unknown]> => {
    const answer = await push(receiver.http, token, type)
    const text = await answer.text()
    return [answer.status, text === '' ? '' : (JSON.parse(text) as { err?: string }).err]
  }

  it('tells the domain what each event leads to, of whom and since when', async () => {
    await start()
    const { issuer } = receiver.provider
    const now = receiver.clock.now()
    for (const type of Object.values(eventTypes))
      assert.deepEqual(await told(await event(type)), [202, ''], type)
    const about = { issuer, subject: 'guest' }
    assert.deepEqual(
      receiver.asked.map(({ what, reason, ...rest }) => [what, reason, rest]),
      [
        ['disable', 'account-disabled', about],
        ['disable', 'account-purged', about],
        ...[
          'credential-compromise',
          'sessions-revoked',
          'session-revoked',
          'credential-change',
        ].map((reason) => ['endSessions', reason, { ...about, since: now }]),
      ],
    )
    // Said in the second of the disabling, it could be of before it.
    receiver.clock.advance(1_000)
    assert.deepEqual(await told(await event(eventTypes.enabled)), [202, ''])
    assert.equal(receiver.asked.at(-1)?.['what'], 'enable')
    assert.ok(receiver.log.includes('info: a stream of security events was verified'))
  })

  it('knows people by issuer and subject in every spelling of the standard and of its drafts', async () => {
    await start()
    const { issuer } = receiver.provider
    const session = { format: 'opaque', id: 'sid-1' }
    const user = { format: 'iss_sub', iss: issuer, sub: 'guest' }
    for (const [subject, expected] of [
      [user, ['guest', undefined]],
      [{ ...user, iss: `${issuer}/` }, ['guest', undefined]],
      [{ format: 'opaque', id: 'guest' }, ['guest', undefined]],
      [{ subject_type: 'iss-sub', iss: issuer, sub: 'guest' }, ['guest', undefined]],
      [{ format: 'complex', user, session }, ['guest', 'sid-1']],
      [{ session }, [undefined, 'sid-1']],
      [
        { format: 'aliases', identifiers: [{ format: 'email', email: 'g@x.example' }, user] },
        ['guest', undefined],
      ],
    ] as const) {
      const at = receiver.asked.length
      const type = eventTypes.sessionRevoked
      const inEvent = await event(type, 'guest', {
        event: { subject },
        claims: { sub_id: undefined },
      })
      for (const token of [await event(type, subject), inEvent])
        assert.deepEqual(await told(token), [202, ''], JSON.stringify(subject))
      for (const { subject: whose, sid } of receiver.asked.slice(at))
        assert.deepEqual([whose, sid], expected, JSON.stringify(subject))
    }
    const bySub = await event(eventTypes.disabled, 'x', {
      claims: { sub_id: undefined, sub: 'guest' },
    })
    assert.deepEqual(await told(bySub), [202, ''])
    assert.equal(receiver.asked.at(-1)?.['subject'], 'guest')
  })

  it('refuses what names nobody here: e-mail addresses, other issuers, nothing', async () => {
    await start()
    const { issuer } = receiver.provider
    for (const subject of [
      { format: 'email', email: 'guest@house.example' },
      { format: 'phone_number', phone_number: '+15550100' },
      { format: 'iss_sub', iss: 'https://other.example', sub: 'guest' },
      { format: 'iss_sub', iss: issuer, sub: '' },
      { format: 'iss_sub', iss: issuer, sub: 'x'.repeat(300) },
      { format: 'opaque' },
      { format: 'complex', user: { format: 'email', email: 'guest@house.example' } },
      { format: 'complex', tenant: { format: 'opaque', id: 't' } },
      { format: 'aliases', identifiers: [] },
      { format: 7 },
    ])
      assert.deepEqual(
        await told(await event(eventTypes.disabled, subject)),
        [400, 'invalid_request'],
        JSON.stringify(subject),
      )
    const session = { session: { format: 'opaque', id: 'sid-1' } }
    assert.deepEqual(await told(await event(eventTypes.disabled, session)), [
      400,
      'invalid_request',
    ])
    assert.deepEqual(receiver.asked, [])
  })

  it('refuses a token that is not its issuer’s word to us, with the codes of RFC 8935', async () => {
    await start()
    const { provider, clock } = receiver
    const { privateKey } = await generateKeyPair('ES256')
    const iat = Math.floor(clock.now() / 1000)
    const claims = { iss: provider.issuer, aud: provider.clientId, iat, jti: 'a' }
    const forged = await new SignJWT({ ...claims, events: { [eventTypes.disabled]: {} } })
      .setProtectedHeader({
        alg: 'ES256',
        typ: 'secevent+jwt',
        kid: provider.signingKey().kid ?? '',
      })
      .sign(privateKey)
    const none = [
      { alg: 'none', typ: 'secevent+jwt' },
      { ...claims, events: {} },
    ]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    const type = eventTypes.disabled
    const of = (more: object): Promise<string> => event(type, 'guest', more)
    const refused: [string, string, string][] = [
      ['a forged signature', forged, 'authentication_failed'],
      ['no signature', `${none}.`, 'invalid_key'],
      ['another key', await of({ header: { kid: 'other' } }), 'invalid_key'],
      ['another issuer', await of({ claims: { iss: 'https://x.example' } }), 'invalid_issuer'],
      ['another audience', await of({ claims: { aud: 'other' } }), 'invalid_audience'],
      ['an ID token’s type', await of({ header: { typ: 'JWT' } }), 'invalid_request'],
      ['no type', await of({ header: { typ: undefined } }), 'invalid_request'],
      ['an ID token', await provider.token('guest'), 'invalid_request'],
      ['no jti', await of({ claims: { jti: undefined } }), 'invalid_request'],
      ['no iat', await of({ claims: { iat: undefined } }), 'invalid_request'],
      ['an iat to come', await of({ claims: { iat: iat + 61 } }), 'invalid_request'],
      ['an old iat', await of({ claims: { iat: iat - 86_401 } }), 'invalid_request'],
      ['an end that has passed', await of({ claims: { exp: iat - 61 } }), 'invalid_request'],
      ['no events', await of({ claims: { events: undefined } }), 'invalid_request'],
      ['empty events', await of({ claims: { events: {} } }), 'invalid_request'],
      ['a list of events', await of({ claims: { events: [type] } }), 'invalid_request'],
      [
        'an event that is a text',
        await of({ claims: { events: { [type]: 'x' } } }),
        'invalid_request',
      ],
      ['nothing', '', 'invalid_request'],
      ['no JWT', 'a.b.c', 'invalid_request'],
    ]
    for (const [what, token, code] of refused)
      assert.deepEqual(await told(token), [400, code], what)
    assert.deepEqual(receiver.asked, [])
  })

  it('takes another audience where the provider’s row has one', async () => {
    await start({ row: { eventsAudience: 'https://house.example' } })
    assert.deepEqual(await told(await event(eventTypes.disabled)), [400, 'invalid_audience'])
    const claims = { aud: ['https://house.example', 'another'] }
    assert.deepEqual(await told(await event(eventTypes.disabled, 'guest', { claims })), [202, ''])
  })

  it('takes POST of the right media type and size alone', async () => {
    await start({ bounds: { eventBytes: 1_024 } })
    const token = await event(eventTypes.disabled)
    assert.equal((await fetch(`${receiver.http}/ssf/events`)).status, 405)
    assert.equal((await fetch(`${receiver.http}/ssf/eventsx`, { method: 'POST' })).status, 404)
    assert.deepEqual(await told(token, 'application/jwt'), [415, 'invalid_request'])
    assert.deepEqual(await told('x'.repeat(1_025)), [413, 'invalid_request'])
    const chunks = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 100; i++) controller.enqueue(Buffer.alloc(100))
        controller.close()
      },
    })
    const streamed = await fetch(`${receiver.http}/ssf/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/secevent+jwt' },
      body: chunks,
      duplex: 'half',
    })
    assert.equal(streamed.status, 413)
    assert.deepEqual(receiver.asked, [])
    assert.deepEqual(await told(token, 'Application/SecEvent+JWT; charset=utf-8'), [202, ''])
  })

  it('does once what comes twice, and again what could not be kept', async () => {
    await start()
    const token = await event(eventTypes.disabled)
    receiver.broken = true
    const answer = await push(receiver.http, token)
    assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '5'])
    receiver.broken = false
    for (let times = 0; times < 2; times++) assert.deepEqual(await told(token), [202, ''])
    assert.equal(receiver.asked.length, 2)
  })

  it('follows what takes though it cannot remember it, and not what gives', async () => {
    await start({ bounds: { eventIds: 1 } })
    assert.deepEqual(await told(await event(eventTypes.claimsChange)), [202, ''])
    assert.deepEqual(await told(await event(eventTypes.disabled)), [503, 'temporarily_unavailable'])
    receiver.clock.advance(1_000)
    assert.deepEqual(await told(await event(eventTypes.enabled)), [503, 'temporarily_unavailable'])
    assert.deepEqual(
      receiver.asked.map(({ what }) => what),
      ['disable'],
    )
  })

  it('does not enable by a word that a later one has overtaken', async () => {
    await start()
    receiver.clock.advance(10_000)
    const iat = Math.floor(receiver.clock.now() / 1000)
    const enabled = await event(eventTypes.enabled, 'guest', { claims: { iat: iat - 5 } })
    assert.deepEqual(await told(await event(eventTypes.disabled)), [202, ''])
    assert.deepEqual(await told(enabled), [202, ''])
    assert.deepEqual(
      receiver.asked.map(({ what }) => what),
      ['disable'],
    )
  })

  it('says of one that comes again while it is being stored what becomes of it, and no more', async () => {
    await start({ bounds: { eventsAtOnce: 2 } })
    let turn: () => void = () => undefined
    receiver.disk = new Promise((resolve) => (turn = resolve))
    receiver.broken = true
    const token = await event(eventTypes.disabled)
    const answers = [told(token), told(token)]
    const verification = await event(eventTypes.verification)
    await eventually(async () => assert.equal((await told(verification))[0], 503))
    turn()
    for (const answer of answers) assert.deepEqual(await answer, [503, 'temporarily_unavailable'])
    receiver.broken = false
    assert.deepEqual(await told(token), [202, ''])
  })

  it('has on record that it enabled somebody only where there was something to take back', async () => {
    await start()
    assert.deepEqual(await told(await event(eventTypes.disabled)), [202, ''])
    for (const nothing of [true, false]) {
      receiver.clock.advance(1_000)
      receiver.nothingToEnable = nothing
      assert.deepEqual(await told(await event(eventTypes.enabled)), [202, ''])
      assert.deepEqual(receiver.recorded, nothing ? ['disable'] : ['disable', 'enable'])
    }
  })

  it('does not enable by a word from before the disabling, whatever time either speaks of', async () => {
    await start()
    const now = Math.floor(receiver.clock.now() / 1000)
    const iat = now - 60
    const long = { event: { event_timestamp: now - 3_600 } }
    const soon = { event: { event_timestamp: now + 3_600 }, claims: { iat } }
    assert.deepEqual(await told(await event(eventTypes.disabled, 'guest', long)), [202, ''])
    for (const more of [{ claims: { iat } }, soon])
      assert.deepEqual(await told(await event(eventTypes.enabled, 'guest', more)), [202, ''])
    assert.deepEqual(
      receiver.asked.map(({ what }) => what),
      ['disable'],
    )
  })

  it('reads times in seconds, and in milliseconds as drafts had them, none of them to come', async () => {
    await start()
    const now = receiver.clock.now()
    for (const [time, since] of [
      [(now - 5_000) / 1000, now - 5_000],
      [now - 5_000, now - 5_000],
      [(now + 3_600_000) / 1000, now],
      ['soon', now],
    ] as const) {
      const more = { event: { event_timestamp: time } }
      assert.deepEqual(await told(await event(eventTypes.sessionsRevoked, 'guest', more)), [
        202,
        '',
      ])
      assert.equal(receiver.asked.at(-1)?.['since'], since)
    }
  })

  it('asks for patience while the keys cannot be had', async () => {
    await start()
    const token = await event(eventTypes.disabled)
    await receiver.provider.goAway()
    assert.deepEqual(await told(token), [503, 'temporarily_unavailable'])
    await receiver.provider.comeBack()
    receiver.clock.advance(1_000)
    assert.deepEqual(await told(token), [202, ''])
  })

  it('bounds how many requests of one address it looks at', async () => {
    await start({ bounds: { eventsPerSecond: 3 } })
    const statuses: number[] = []
    for (let i = 0; i < 5; i++) statuses.push((await told('x'))[0])
    assert.deepEqual(statuses, [400, 400, 400, 429, 429])
    receiver.clock.advance(1_000)
    assert.deepEqual(await told(await event(eventTypes.disabled)), [202, ''])
  })
})
