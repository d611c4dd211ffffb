import assert from 'node:assert/strict'
import type { Wampy } from 'wampy'
import { eventually } from '../support/eventually.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { startOutside, type Answer, type Outside } from '../support/outside.ts'
import {
  idTokenFormat,
  OAuthCaller,
  protectionToken,
  registerClients,
  umaTicketGrant,
} from '../support/uma.ts'
import { until } from '../support/until.ts'

/** What a call of an unmodified client came to. */
interface Outcome {
  readonly result?: Answer
  readonly uri?: string
  readonly kwargs?: Answer
}

async function call(wampy: Wampy, uri: string, kwargs?: Answer): Promise<Outcome> {
  try {
    const payload = kwargs === undefined ? undefined : { argsDict: kwargs }
    const { argsList } = await wampy.call(uri, payload)
    return { result: (argsList?.[0] ?? {}) as Answer }
  } catch (error) {
    const { errorUri, argsDict } = error as { errorUri?: string; argsDict?: Answer }
    return {
      ...(errorUri !== undefined && { uri: errorUri }),
      ...(argsDict !== undefined && { kwargs: argsDict }),
    }
  }
}

/** What a session hears on a topic. */
async function heard(wampy: Wampy, topic: string): Promise<Answer[]> {
  const news: Answer[] = []
  await wampy.subscribe(topic, (event) => {
    news.push(event.argsDict ?? {})
  })
  return news
}

const denied = { uri: 'wamp.error.not_authorized' }
const required = 'wamp.error.authorization_required'
const minuteMs = 60_000

describe('R20 an owner who is asked', () => {
  let clock: ManualClock
  let house: Outside
  let recorded: number
  let guest: Wampy
  let owner: Wampy

  const joined = async (subject: string): Promise<Wampy> =>
    house.wampy(await house.token(0, subject))
  const record = (): Promise<Outcome> => call(guest, 'tv.record')
  /** The ticket that the guest gets for what needs the owner's word. */
  const asked = async (): Promise<{ readonly ticket: string; readonly id: string }> => {
    const { uri, kwargs = {} } = await record()
    assert.equal(uri, required)
    assert.equal(kwargs['error'], 'request_submitted')
    const { result = {} } = await call(owner, 'latchkey.approval.list')
    const [first] = result['approvals'] as Answer[]
    return { ticket: String(kwargs['ticket']), id: String(first?.['id']) }
  }
  const state = (ticket: string): Promise<Outcome> =>
    call(guest, 'latchkey.approval.state', { ticket })

  beforeEach(async () => {
    recorded = 0
    clock = new ManualClock(Date.parse('2030-06-01T12:00:00Z'))
    house = await startOutside({ clock, store: 'folder' })
    for (const [id, level] of [
      ['owner', 1],
      ['guest', 3],
      ['other', 3],
    ] as const) {
      await house.person(id)
      await house.grant(id, level)
    }
    await house.person('stranger')
    await house.device('tv', {
      prefix: 'tv',
      handlers: {
        play: () => 'plays',
        record: () => {
          recorded += 1
          return { recording: true }
        },
      },
    })
    const { devices } = await house.manage('device.list')
    await house.manage('capability.set', {
      device: (devices as Answer[])[0]?.['id'],
      uri: 'tv.record',
      action: 'call',
      ecosystem: 'home',
      level: 2,
      approval: 'owner',
    })
  })

  afterEach(() => house.stop())

  it('R20: guest call → AR(request_submitted, ticket); approve → the same ticket works', async () => {
    guest = await joined('guest')
    owner = await joined('owner')
    const asking = await heard(owner, 'latchkey.approval.on_request')
    const answered = await heard(guest, 'latchkey.approval.on_decided')
    const other = await heard(await joined('other'), 'latchkey.approval.on_request')

    const first = await record()
    assert.equal(first.uri, required)
    const { error, ticket, interval, uri, expires_at: end } = first.kwargs ?? {}
    assert.deepEqual([error, uri, interval], ['request_submitted', 'tv.record', 5])
    assert.equal(end, clock.now() + 10 * minuteMs)
    assert.match(String(ticket), /^tk_[0-9a-f]{32}$/)
    await until(() => asking.length === 1)
    const [{ id, requester, ecosystem, ...news } = {}] = asking
    assert.deepEqual([requester, ecosystem, news['uri']], ['guest', 'home', 'tv.record'])
    assert.equal(news['ticket'], undefined)

    // The same again is the same request.
    assert.equal((await record()).kwargs?.['ticket'], ticket)
    assert.deepEqual((await state(String(ticket))).result, {
      state: 'pending',
      error: 'request_submitted',
      interval: 5,
      expires_at: end,
    })
    // What only one who holds level 1 can do.
    assert.deepEqual(await call(guest, 'latchkey.approval.approve', { id: String(id) }), denied)

    const { result } = await call(owner, 'latchkey.approval.approve', {
      id: String(id),
      once: true,
    })
    assert.equal(result?.['state'], 'approved')
    await until(() => answered.length === 1)
    assert.deepEqual([answered[0]?.['state'], answered[0]?.['ticket']], ['approved', ticket])
    assert.equal((await state(String(ticket))).result?.['state'], 'approved')
    assert.deepEqual(await record(), { result: { recording: true } })
    assert.equal(recorded, 1)
    // Once is once: the next time the owner is asked anew.
    const again = await record()
    assert.equal(again.kwargs?.['error'], 'request_submitted')
    assert.notEqual(again.kwargs?.['ticket'], ticket)
    assert.deepEqual([asking.length, other.length], [2, 0])
  })

  it('R20: what is agreed to is this thing alone, until its time is over', async () => {
    guest = await joined('guest')
    owner = await joined('owner')
    const { id } = await asked()
    const approve = (more: Answer): Promise<Outcome> =>
      call(owner, 'latchkey.approval.approve', { id, ...more })
    assert.equal((await approve({ level: 3 })).uri, 'wamp.error.invalid_argument')
    const { result } = await approve({ ttl: '30m' })
    assert.equal(result?.['grant_expires_at'], clock.now() + 30 * minuteMs)
    assert.deepEqual(await record(), { result: { recording: true } })
    assert.deepEqual(await record(), { result: { recording: true } })
    assert.deepEqual(await call(guest, 'tv.erase'), denied)
    const { grants } = await house.manage('grant.list', { to: 'guest' })
    assert.deepEqual(
      (grants as Answer[]).map(({ source, uri, effect }) => [source, uri, effect]),
      [
        ['grant', null, 'level'],
        ['approval', 'tv.record', 'allow'],
      ],
    )
    clock.advance(30 * minuteMs)
    assert.equal((await record()).kwargs?.['error'], 'request_submitted')
    assert.equal(recorded, 2)
    assert.equal((await approve({})).uri, 'latchkey.error.invalid_state')
  })

  it('R20: falls with the right of whoever agreed, also in a live session', async () => {
    guest = await joined('guest')
    owner = await joined('owner')
    const { id } = await asked()
    await call(owner, 'latchkey.approval.approve', { id })
    assert.deepEqual(await record(), { result: { recording: true } })
    const { grants } = await house.manage('grant.list', { to: 'owner' })
    await house.manage('grant.revoke', { id: (grants as Answer[])[0]?.['id'] })
    assert.equal((await record()).uri, required)
  })

  it('R20: deny → request_denied', async () => {
    guest = await joined('guest')
    owner = await joined('owner')
    const { id, ticket } = await asked()
    const asking = await heard(owner, 'latchkey.approval.on_request')
    const answered = await heard(guest, 'latchkey.approval.on_decided')
    await call(owner, 'latchkey.approval.deny', { id })
    await until(() => answered.length === 1)
    assert.equal(answered[0]?.['state'], 'denied')
    const { result } = await state(ticket)
    assert.deepEqual([result?.['state'], result?.['error']], ['denied', 'request_denied'])
    // Who was told no does not get at the owner by asking again and again.
    const again = await record()
    assert.deepEqual([again.uri, again.kwargs?.['error']], [required, 'request_denied'])
    assert.equal(asking.length, 0)
    assert.equal(
      (await call(owner, 'latchkey.approval.approve', { id })).uri,
      'latchkey.error.invalid_state',
    )
    clock.advance(10 * minuteMs)
    assert.equal((await record()).kwargs?.['error'], 'request_submitted')
    assert.equal(recorded, 0)
  })

  it('R20: expires after 10 min', async () => {
    guest = await joined('guest')
    owner = await joined('owner')
    const { id, ticket } = await asked()
    clock.advance(10 * minuteMs - 1)
    assert.equal((await state(ticket)).result?.['state'], 'pending')
    clock.advance(1)
    assert.deepEqual(await state(ticket), denied)
    assert.equal(
      (await call(owner, 'latchkey.approval.approve', { id })).uri,
      'latchkey.error.invalid_state',
    )
    assert.deepEqual((await call(owner, 'latchkey.approval.list')).result?.['approvals'], [])
    const { kwargs } = await record()
    assert.notEqual(kwargs?.['ticket'], ticket)
  })

  it('R20: polled sooner than it was said, whoever asks has to wait anew', async () => {
    guest = await joined('guest')
    owner = await joined('owner')
    const { ticket } = await asked()
    assert.equal((await state(ticket)).result?.['state'], 'pending')
    clock.advance(4_999)
    const early = await state(ticket)
    assert.equal(early.uri, 'latchkey.error.rate_limited')
    assert.deepEqual(early.kwargs, { retry_after_ms: 5_000 })
    clock.advance(5_000)
    assert.equal((await state(ticket)).result?.['state'], 'pending')
    // The ticket is of use to nobody else.
    const other = await joined('other')
    assert.deepEqual(await call(other, 'latchkey.approval.state', { ticket }), denied)
    assert.deepEqual(await call(owner, 'latchkey.approval.state', { ticket }), denied)
  })

  it('R20: strangers and what is forbidden get the flat no, and nobody is asked', async () => {
    owner = await joined('owner')
    const asking = await heard(owner, 'latchkey.approval.on_request')
    const stranger = await joined('stranger')
    assert.deepEqual(await call(stranger, 'tv.record'), denied)
    await house.manage('grant.create', {
      to: 'guest',
      ecosystem: 'home',
      uri: 'tv.record',
      effect: 'deny',
    })
    guest = await joined('guest')
    assert.deepEqual(await record(), denied)
    assert.deepEqual(asking, [])
  })

  it('R20: nobody is asked because somebody looks at what there is', async () => {
    owner = await joined('owner')
    const asking = await heard(owner, 'latchkey.approval.on_request')
    guest = await joined('guest')
    const { result } = await call(guest, 'latchkey.discovery.list')
    assert.equal((result?.['devices'] as unknown[] | undefined)?.length, 1)
    await call(owner, 'latchkey.authz.check', { as: 'guest', action: 'call', uri: 'tv.record' })
    assert.deepEqual(asking, [])
    assert.deepEqual((await call(owner, 'latchkey.approval.list')).result?.['approvals'], [])
  })

  it('R20: request and answer outlive a restart', async () => {
    guest = await joined('guest')
    owner = await joined('owner')
    const { id, ticket } = await asked()
    await house.restart()
    guest = await joined('guest')
    owner = await joined('owner')
    assert.equal((await record()).kwargs?.['ticket'], ticket)
    assert.equal((await state(ticket)).result?.['state'], 'pending')
    await call(owner, 'latchkey.approval.approve', { id, ttl: '2h' })
    await house.restart()
    guest = await joined('guest')
    assert.equal((await state(ticket)).result?.['state'], 'approved')
    // The device comes back by itself.
    await eventually(async () => assert.deepEqual(await record(), { result: { recording: true } }))
  })

  it('R20: who asks for more than a few things at once has to wait', async () => {
    owner = await joined('owner')
    guest = await joined('guest')
    const { devices } = await house.manage('device.list')
    for (let i = 0; i < 17; i++)
      await house.manage('capability.set', {
        device: (devices as Answer[])[0]?.['id'],
        uri: `tv.record_${i}`,
        action: 'call',
        ecosystem: 'home',
        level: 3,
        approval: 'owner',
      })
    for (let i = 0; i < 16; i++)
      assert.equal((await call(guest, `tv.record_${i}`)).kwargs?.['error'], 'request_submitted')
    const full = await call(guest, 'tv.record_16')
    assert.equal(full.uri, 'latchkey.error.rate_limited')
    assert.equal(full.kwargs?.['retry_after_ms'], 10 * minuteMs)
    // It is that one's bound, and nobody else's.
    const other = await joined('other')
    assert.equal((await call(other, 'tv.record_16')).kwargs?.['error'], 'request_submitted')
  })

  it('R20: the same by UMA over HTTP: the owner is asked, and the same ticket gets the token', async () => {
    const uma = await startOutside({ clock, config: { authority: {} } })
    try {
      for (const [id, level] of [
        ['owner', 1],
        ['guest', 3],
      ] as const) {
        await uma.person(id)
        await uma.grant(id, level)
      }
      await uma.device('tv', { prefix: 'tv', handlers: { record: () => 'recording' } })
      const { devices } = await uma.manage('device.list')
      await uma.manage('capability.set', {
        device: (devices as Answer[])[0]?.['id'],
        uri: 'tv.record',
        action: 'call',
        ecosystem: 'home',
        level: 2,
        approval: 'owner',
      })
      const oauth = new OAuthCaller(uma)
      const clients = await registerClients(uma)
      const metadata = await oauth.metadata()
      const pat = await protectionToken(oauth, clients.server, await uma.token(0, 'owner'))
      const { body: resource } = await oauth.json(
        'POST',
        String(metadata['resource_registration_endpoint']),
        pat,
        { name: 'tv', type: 'device', resource_scopes: ['record'] },
      )
      const { body: permission } = await oauth.json(
        'POST',
        String(metadata['permission_endpoint']),
        pat,
        { resource_id: resource['_id'], resource_scopes: ['record'] },
      )
      const claim = await uma.token(0, 'guest')
      const ask = (ticket: unknown): ReturnType<typeof oauth.form> =>
        oauth.form('/oauth/token', clients.requesting, {
          grant_type: umaTicketGrant,
          ticket: String(ticket),
          claim_token: claim,
          claim_token_format: idTokenFormat,
        })
      const first = await ask(permission['ticket'])
      assert.deepEqual([first.status, first.body['error']], [403, 'request_submitted'])
      assert.equal(first.body['interval'], 5)
      clock.advance(5_000)
      const { approvals } = await uma.manage('approval.list')
      const [{ id, requester, uri } = {}] = approvals as Answer[]
      assert.deepEqual([requester, uri], ['guest', 'tv.record'])
      const second = await ask(first.body['ticket'])
      assert.equal(second.body['error'], 'request_submitted')
      await uma.manage('approval.approve', { id })
      clock.advance(5_000)
      const { status, body } = await ask(second.body['ticket'])
      assert.equal(status, 200)
      const session = await uma.wampy(String(body['access_token']))
      assert.deepEqual(await call(session, 'tv.record'), { result: 'recording' })
    } finally {
      await uma.stop()
    }
  })
})
