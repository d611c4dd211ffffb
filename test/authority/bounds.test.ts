import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { eventually } from '../support/eventually.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { startOutside, type Outside } from '../support/outside.ts'
import {
  idTokenFormat,
  jwtBearerGrant,
  OAuthCaller,
  protectionToken,
  registerClients,
  umaTicketGrant,
  type RegisteredClient,
} from '../support/uma.ts'

const minute = 60_000
const resourcesPath = '/oauth/uma/resources'

describe('bounds of the authorization server', () => {
  let outside: Outside
  let clock: ManualClock
  let caller: OAuthCaller
  let tools: RegisteredClient
  let app: RegisteredClient

  beforeEach(async () => {
    clock = new ManualClock()
    const limits = { requests: 2, scopes: 1, patMs: 5 * minute, rptMs: 10 * minute }
    outside = await startOutside({ clock, config: { authority: { limits } } })
    await outside.person('owner')
    await outside.grant('owner', 1)
    await outside.device('light', { prefix: 'lamp' })
    caller = new OAuthCaller(outside)
    const clients = await registerClients(outside)
    tools = clients.server
    app = clients.requesting
  })
  afterEach(() => outside.stop())

  /** Begins a request and does not end it. */
  const sendSlowly = (): Socket => {
    const socket = connect(Number(new URL(outside.http).port), '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write(
      'POST /oauth/device_authorization HTTP/1.1\r\nhost: h\r\ncontent-length: 100\r\n' +
        'content-type: application/x-www-form-urlencoded\r\n\r\nclient_id=',
    )
    return socket
  }
  const tokenWithin = (expiresInSeconds: number): Promise<string> =>
    outside.token(0, 'owner', { expiresInSeconds })
  const isActive = async (client: RegisteredClient, token: string): Promise<unknown> =>
    (await caller.form('/oauth/introspect', client, { token })).body['active']

  it('has so many requests under way at once, and room again when they are over', async () => {
    const slow = [sendSlowly(), sendSlowly()]
    const status = async (): Promise<number> =>
      (await caller.get('/.well-known/uma2-configuration')).status
    await eventually(async () => assert.equal(await status(), 503))
    const refused = await caller.get('/.well-known/uma2-configuration')
    assert.equal(refused.body['error'], 'temporarily_unavailable')
    assert.equal(refused.headers.get('retry-after'), '1')
    // The house itself has no part in it.
    assert.equal((await caller.get('/healthz')).status, 200)
    for (const socket of slow) socket.destroy()
    await eventually(async () => assert.equal(await status(), 200))
  })

  it('has room for others when somebody sends slowly: of one address few are under way', async () => {
    await outside.stop()
    outside = await startOutside({
      clock,
      config: { authority: {}, limits: { requestsPerAddress: 2 } },
    })
    const { port } = new URL(outside.http)
    const slow = [sendSlowly(), sendSlowly()]
    const statusFor = async (localAddress: string): Promise<number | undefined> => {
      const path = '/.well-known/uma2-configuration'
      const request = get({ host: '127.0.0.1', port, path, localAddress })
      const [response] = (await once(request, 'response')) as [IncomingMessage]
      response.resume()
      return response.statusCode
    }
    await eventually(async () => assert.equal(await statusFor('127.0.0.1'), 429))
    assert.equal(await statusFor('127.0.0.2'), 200)
    for (const socket of slow) socket.destroy()
    await eventually(async () => assert.equal(await statusFor('127.0.0.1'), 200))
  })

  it('hands out so many tokens, and says then that there is no room for the moment', async () => {
    await outside.stop()
    const limits = { rows: 2, patMs: minute }
    outside = await startOutside({ clock, config: { authority: { limits } } })
    await outside.person('owner')
    caller = new OAuthCaller(outside)
    tools = (await registerClients(outside)).server
    const ask = async (): Promise<[number, unknown, string | null]> => {
      const { status, body, headers } = await caller.form('/oauth/token', tools, {
        grant_type: jwtBearerGrant,
        assertion: await tokenWithin(3_600),
        scope: 'uma_protection',
      })
      return [status, body['error'], headers.get('retry-after')]
    }
    for (let i = 0; i < 2; i++) assert.equal((await ask())[0], 200)
    assert.deepEqual(await ask(), [503, 'temporarily_unavailable', '5'])
    clock.advance(minute)
    assert.equal((await ask())[0], 200)
  })

  it('lets a protection token last for its time, and never longer than the sign-in behind it', async () => {
    const long = await protectionToken(caller, tools, await tokenWithin(3_600))
    const short = await protectionToken(caller, tools, await tokenWithin(60))
    const works = async (token: string): Promise<boolean> =>
      (await caller.json('GET', resourcesPath, token)).status === 200
    clock.advance(minute - 2_000)
    assert.deepEqual([await works(long), await works(short)], [true, true])
    clock.advance(2_000)
    assert.deepEqual([await works(long), await works(short)], [true, false])
    clock.advance(4 * minute)
    assert.equal(await works(long), false)
  })

  it('lets a party token last for its time, and its session no longer', async () => {
    const pat = await protectionToken(caller, tools, await tokenWithin(3_600))
    const description = { name: 'lamp', resource_scopes: ['state'] }
    const made = await caller.json('POST', resourcesPath, pat, description)
    const asked = { resource_id: made.body['_id'], resource_scopes: ['state'] }
    const { body } = await caller.json('POST', '/oauth/uma/permissions', pat, asked)
    const given = await caller.form('/oauth/token', app, {
      grant_type: umaTicketGrant,
      ticket: String(body['ticket']),
      claim_token: await tokenWithin(3_600),
      claim_token_format: idTokenFormat,
    })
    assert.equal(given.body['expires_in'], 600)
    const rpt = String(given.body['access_token'])
    const session = await outside.join(rpt)
    clock.advance(10 * minute - 2_000)
    assert.equal(await isActive(app, rpt), true)
    clock.advance(3_000)
    assert.equal(await isActive(app, rpt), false)
    await session.closed
  })

  it('takes so many scopes of one resource', async () => {
    const pat = await protectionToken(caller, tools, await tokenWithin(3_600))
    const description = { name: 'lamp', resource_scopes: ['switch', 'state'] }
    const { status, body } = await caller.json('POST', resourcesPath, pat, description)
    assert.equal(status, 400)
    assert.match(String(body['error_description']), /at most 1/)
  })
})
