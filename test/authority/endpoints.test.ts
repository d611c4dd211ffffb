import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { JoinAborted, startOutside, type Outside } from '../support/outside.ts'
import {
  idTokenFormat,
  jwtBearerGrant,
  OAuthCaller,
  protectionToken,
  registerClients,
  umaTicketGrant,
  type HttpAnswer,
  type RegisteredClient,
} from '../support/uma.ts'

const resourcesPath = '/oauth/uma/resources'
const permissionsPath = '/oauth/uma/permissions'

describe('the endpoints of the authorization server', function () {
  this.timeout(20_000)

  let outside: Outside
  let caller: OAuthCaller
  let tools: RegisteredClient
  let app: RegisteredClient
  let pat: string
  let grant: string

  before(async () => {
    outside = await startOutside({
      store: 'folder',
      config: { authority: { limits: { bodyBytes: 20_000, resources: 3, permissions: 2 } } },
    })
    await outside.person('owner')
    await outside.grant('owner', 1)
    await outside.person('friend')
    grant = await outside.grant('friend', 3)
    await outside.device('light', { prefix: 'lamp', handlers: { switch: () => 'done' } })
    await outside.device('safe', { prefix: 'safe' })
    caller = new OAuthCaller(outside)
    const clients = await registerClients(outside)
    tools = clients.server
    app = clients.requesting
    pat = await protectionToken(caller, tools, await outside.token(0, 'owner'))
  })
  after(() => outside.stop())
  afterEach(async () => {
    const { body } = await caller.json('GET', resourcesPath, pat)
    for (const id of Object.values(body)) await forget(String(id))
  })

  const register = async (body: unknown, token = pat): Promise<HttpAnswer> =>
    caller.json('POST', resourcesPath, token, body)
  const lampResource = async (): Promise<string> => {
    const { status, body } = await register({ name: 'lamp', resource_scopes: ['switch'] })
    assert.equal(status, 201, JSON.stringify(body))
    return String(body['_id'])
  }
  const forget = async (id: string): Promise<void> => {
    assert.equal((await caller.json('DELETE', `${resourcesPath}/${id}`, pat)).status, 204)
  }
  const tokenFor = async (id: string, subject = 'friend', client = app): Promise<HttpAnswer> => {
    const asked = { resource_id: id, resource_scopes: ['switch'] }
    const { body } = await caller.json('POST', permissionsPath, pat, asked)
    return caller.form('/oauth/token', client, {
      grant_type: umaTicketGrant,
      ticket: String(body['ticket']),
      claim_token: await outside.token(0, subject),
      claim_token_format: idTokenFormat,
    })
  }
  const errorOf = ({ status, body }: HttpAnswer): [number, unknown] => [status, body['error']]

  describe('of resources', () => {
    it('makes, shows, changes, lists and forgets them', async () => {
      const made = await register({ name: 'lamp', type: 'light', resource_scopes: ['switch'] })
      assert.equal(made.status, 201)
      const id = String(made.body['_id'])
      const path = `${resourcesPath}/${id}`
      assert.equal(made.headers.get('location'), path)
      const description = { name: 'lamp', type: 'light', resource_scopes: ['switch'] }
      assert.deepEqual((await caller.json('GET', path, pat)).body, {
        _id: id,
        ...description,
        device: 'lamp',
      })
      const changed = { device: 'lamp', name: 'By the bed', resource_scopes: ['switch', 'state'] }
      assert.deepEqual((await caller.json('PUT', path, pat, changed)).body, { _id: id })
      assert.equal((await caller.json('GET', path, pat)).body['name'], 'By the bed')
      assert.ok(Object.values((await caller.json('GET', resourcesPath, pat)).body).includes(id))
      await forget(id)
      assert.deepEqual(errorOf(await caller.json('GET', path, pat)), [404, 'not_found'])
      assert.deepEqual(errorOf(await caller.json('DELETE', path, pat)), [404, 'not_found'])
    })

    it('shares only what is the person’s own, and what can be done with it', async () => {
      const friends = await protectionToken(caller, tools, await outside.token(0, 'friend'))
      const lamp = { name: 'lamp', resource_scopes: ['switch'] }
      assert.deepEqual(errorOf(await register(lamp, friends)), [400, 'invalid_request'])
      const nothing = { name: 'attic', resource_scopes: ['switch'] }
      const answers = [await register(lamp, friends), await register(nothing)]
      // What is not there and what is not his look alike but for the name.
      assert.deepEqual(
        answers.map(({ body }) => String(body['error_description']).replace(/"\w+"/, '…')),
        Array(2).fill('there is no device … that is yours to share'),
      )
      assert.equal((await register({ name: 'lamp', resource_scopes: ['explode'] })).status, 400)
    })

    it('keeps those of one client and person from all others', async () => {
      const id = await lampResource()
      const friends = await protectionToken(caller, tools, await outside.token(0, 'friend'))
      for (const method of ['GET', 'DELETE'])
        assert.equal((await caller.json(method, `${resourcesPath}/${id}`, friends)).status, 404)
      const asked = { resource_id: id, resource_scopes: ['switch'] }
      assert.deepEqual(errorOf(await caller.json('POST', permissionsPath, friends, asked)), [
        400,
        'invalid_resource_id',
      ])
    })

    it('has so many of one person', async () => {
      for (let i = 0; i < 3; i++) await lampResource()
      assert.equal((await register({ name: 'lamp', resource_scopes: ['switch'] })).status, 400)
    })

    it('ends what a forgotten one was shared by: tokens and sessions', async () => {
      const id = await lampResource()
      const rpt = String((await tokenFor(id)).body['access_token'])
      const session = await outside.join(rpt)
      await forget(id)
      assert.equal((await session.next())[0], 6)
      await assert.rejects(outside.join(rpt), JoinAborted)
      const { body } = await caller.form('/oauth/introspect', app, { token: rpt })
      assert.deepEqual(body, { active: false })
    })

    it('needs a token of its own kind', async () => {
      assert.deepEqual(errorOf(await caller.get(resourcesPath)), [401, 'invalid_token'])
      const id = await lampResource()
      const rpt = String((await tokenFor(id)).body['access_token'])
      const refused = await caller.json('GET', resourcesPath, rpt)
      assert.deepEqual(errorOf(refused), [403, 'insufficient_scope'])
      assert.match(refused.headers.get('www-authenticate') ?? '', /^Bearer .*insufficient_scope/)
    })
  })

  describe('against hostile requests', () => {
    it('refuses what is no JSON, or of another media type', async () => {
      const send = async (type: string, body: string): Promise<number> => {
        const headers = { authorization: `Bearer ${pat}`, 'content-type': type }
        const url = outside.http + resourcesPath
        const response = await fetch(url, { method: 'POST', headers, body })
        await response.text()
        return response.status
      }
      assert.equal(await send('application/json', '{"name":'), 400)
      assert.equal(await send('application/json', '[]'), 400)
      assert.equal(await send('application/json', 'null'), 400)
      assert.equal(await send('text/plain', '{"name":"lamp","resource_scopes":["switch"]}'), 415)
      const form = { client_id: 'latchkey_device' }
      const json = await caller.json('POST', '/oauth/device_authorization', undefined, form)
      assert.equal(json.status, 415)
      assert.equal((await caller.json('POST', '/oauth/token', undefined, form)).status, 400)
    })

    it('reads no body beyond its bound, whatever length it was said to have', async () => {
      const huge = { name: 'lamp', resource_scopes: ['switch'], description: 'x'.repeat(30_000) }
      assert.equal((await register(huge)).status, 413)
      const { port } = new URL(outside.http)
      const socket = connect(Number(port), '127.0.0.1')
      socket.on('error', () => undefined)
      socket.write(
        `POST ${resourcesPath} HTTP/1.1\r\nhost: h\r\nauthorization: Bearer ${pat}\r\n` +
          'content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
      )
      const chunk = `1000\r\n${'y'.repeat(0x1000)}\r\n`
      for (let sent = 0; sent < 40; sent++) socket.write(chunk)
      const [answer] = (await once(socket, 'data')) as [Buffer]
      assert.match(answer.toString(), /^HTTP\/1\.1 413 /)
      socket.destroy()
    })

    it('refuses parameters that are there twice', async () => {
      for (const [path, text] of [
        ['/oauth/device_authorization', 'client_id=latchkey_device&client_id=latchkey_device'],
        ['/oauth/token', 'grant_type=a&grant_type=b&client_id=latchkey_device'],
      ] as const) {
        const headers = { 'content-type': 'application/x-www-form-urlencoded' }
        const response = await fetch(outside.http + path, { method: 'POST', headers, body: text })
        assert.equal(response.status, 400)
        assert.equal(((await response.json()) as { error: string }).error, 'invalid_request')
      }
    })

    it('asks for one to so many permissions, of scopes that there are', async () => {
      const id = await lampResource()
      const one = { resource_id: id, resource_scopes: ['switch'] }
      const ask = async (body: unknown): Promise<[number, unknown]> =>
        errorOf(await caller.json('POST', permissionsPath, pat, body))
      assert.deepEqual(await ask([]), [400, 'invalid_request'])
      assert.deepEqual(await ask([one, one, one]), [400, 'invalid_request'])
      assert.deepEqual(await ask({ ...one, resource_scopes: ['explode'] }), [400, 'invalid_scope'])
      assert.deepEqual(await ask({ ...one, resource_scopes: [] }), [400, 'invalid_scope'])
      assert.deepEqual(await ask({ ...one, resource_id: 'x' }), [400, 'invalid_resource_id'])
      assert.equal((await caller.json('POST', permissionsPath, pat, [one, one])).status, 201)
    })

    it('has nothing where nothing is, and no page to sign in', async () => {
      for (const path of ['/oauth/authorize', '/oauth/', '/oauth/auth', '/oauth/reg', '/oauth/uma'])
        assert.deepEqual(errorOf(await caller.get(path)), [404, 'not_found'], path)
      assert.equal(
        (await caller.get(permissionsPath, { authorization: `Bearer ${pat}` })).status,
        405,
      )
    })

    it('knows no client without its secret', async () => {
      const wrong = { ...tools, secret: 'cs_wrong' }
      const parameters = {
        grant_type: jwtBearerGrant,
        assertion: await outside.token(0, 'owner'),
        scope: 'uma_protection',
      }
      const ask = async (client: RegisteredClient | undefined): Promise<[number, unknown]> =>
        errorOf(await caller.form('/oauth/token', client, parameters))
      assert.deepEqual(await ask(wrong), [401, 'invalid_client'])
      assert.deepEqual(await ask({ id: 'nobody', secret: 'x' }), [401, 'invalid_client'])
      // The digest that is kept is not the secret.
      assert.equal((await ask(undefined))[0], 400)
      // Each client has the grants of its use, and no other.
      assert.deepEqual(await ask(app), [400, 'invalid_request'])
    })

    it('gives no token for an assertion that proves nothing', async () => {
      for (const assertion of [
        'nonsense',
        await outside.token(0, 'owner', { audience: 'another' }),
        await outside.token(0, 'owner', { expiresInSeconds: -120 }),
      ]) {
        const parameters = { grant_type: jwtBearerGrant, assertion, scope: 'uma_protection' }
        assert.deepEqual(errorOf(await caller.form('/oauth/token', tools, parameters)), [
          400,
          'invalid_grant',
        ])
      }
    })
  })

  describe('on tokens', () => {
    it('shows a token to the client it is of and to the owner’s, and to nobody else', async () => {
      const id = await lampResource()
      const rpt = String((await tokenFor(id)).body['access_token'])
      const made = await outside.manage('client.create', { id: 'nosy', use: 'resource_server' })
      const nosy = { id: 'nosy', secret: String(made['secret']) }
      const active = async (client: RegisteredClient): Promise<unknown> =>
        (await caller.form('/oauth/introspect', client, { token: rpt })).body['active']
      assert.deepEqual(
        [await active(app), await active(tools), await active(nosy)],
        [true, true, false],
      )
      const byPat = async (subject: string): Promise<unknown> => {
        const token = await protectionToken(caller, tools, await outside.token(0, subject))
        const bearer = { authorization: `Bearer ${token}` }
        return (await caller.form('/oauth/introspect', undefined, { token: rpt }, bearer)).body
      }
      assert.equal(((await byPat('owner')) as { active: boolean }).active, true)
      assert.deepEqual(await byPat('friend'), { active: false })
      // Only whose token it is can revoke it.
      await caller.form('/oauth/revoke', tools, { token: rpt })
      assert.equal(await active(app), true)
      await outside.manage('client.remove', { id: 'nosy' })
    })

    it('takes from a client that is removed what it was given, also when there is another of that name', async () => {
      const id = await lampResource()
      const made = async (name: string, use: string): Promise<RegisteredClient> => {
        const { secret } = await outside.manage('client.create', { id: name, use })
        return { id: name, secret: String(secret) }
      }
      const [server, requesting] = [
        await made('old_tools', 'resource_server'),
        await made('old_app', 'requesting'),
      ]
      const oldPat = await protectionToken(caller, server, await outside.token(0, 'owner'))
      const rpt = String((await tokenFor(id, 'friend', requesting)).body['access_token'])
      const session = await outside.join(rpt)
      assert.equal(await outside.outcome(session, 'lamp.switch'), 'RESULT')
      assert.equal((await caller.json('GET', resourcesPath, oldPat)).status, 200)
      for (const name of ['old_tools', 'old_app'])
        await outside.manage('client.remove', { id: name })
      await session.closed
      await made('old_tools', 'resource_server')
      await made('old_app', 'requesting')
      assert.equal((await caller.json('GET', resourcesPath, oldPat)).status, 401)
      const described = await caller.form('/oauth/introspect', tools, { token: rpt })
      assert.deepEqual(described.body, { active: false })
      await assert.rejects(outside.join(rpt), JoinAborted)
      for (const name of ['old_tools', 'old_app'])
        await outside.manage('client.remove', { id: name })
    })

    it('says nothing of tokens of another kind and of none', async () => {
      for (const token of ['rpt_none', 'x'])
        assert.deepEqual((await caller.form('/oauth/introspect', tools, { token })).body, {
          active: false,
        })
      const own = await caller.form('/oauth/introspect', tools, { token: pat })
      assert.equal(own.body['scope'], 'uma_protection')
      assert.deepEqual((await caller.form('/oauth/introspect', app, { token: pat })).body, {
        active: false,
      })
    })

    it('ends with the person: protection tokens, party tokens, and sessions', async () => {
      const id = await lampResource()
      await outside.person('leaver')
      await outside.grant('leaver', 1)
      const leaversPat = await protectionToken(caller, tools, await outside.token(0, 'leaver'))
      const rpt = String((await tokenFor(id, 'leaver')).body['access_token'])
      const session = await outside.join(rpt)
      await outside.manage('person.disable', { person: 'leaver' })
      assert.equal((await session.next())[0], 6)
      assert.equal((await caller.json('GET', resourcesPath, leaversPat)).status, 401)
      await assert.rejects(outside.join(rpt), JoinAborted)
      assert.deepEqual((await caller.form('/oauth/introspect', app, { token: rpt })).body, {
        active: false,
      })
    })

    it('is upgraded for more, and the token before is over', async () => {
      const id = await lampResource()
      const first = String((await tokenFor(id)).body['access_token'])
      const session = await outside.join(first)
      const asked = { resource_id: id, resource_scopes: ['switch'] }
      const { body } = await caller.json('POST', permissionsPath, pat, asked)
      const upgraded = await caller.form('/oauth/token', app, {
        grant_type: umaTicketGrant,
        ticket: String(body['ticket']),
        claim_token: await outside.token(0, 'friend'),
        claim_token_format: idTokenFormat,
        rpt: first,
      })
      assert.equal(upgraded.body['upgraded'], true)
      assert.equal((await session.next())[0], 6)
      await assert.rejects(outside.join(first), JoinAborted)
      await outside.join(String(upgraded.body['access_token']))
    })

    it('keeps none of them, and no secret, where somebody could read it', async () => {
      const id = await lampResource()
      const rpt = String((await tokenFor(id)).body['access_token'])
      const dir = outside.dir ?? ''
      const files = await Promise.all(
        ['latchkey.db', 'latchkey.db-wal'].map((file) => readFile(join(dir, file), 'latin1')),
      )
      for (const secret of [pat, rpt, tools.secret, app.secret])
        assert.ok(!files.some((text) => text.includes(secret.slice(4))), secret.slice(0, 4))
      const keys = await stat(join(dir, 'authority-keys.json'))
      assert.equal(keys.mode & 0o777, 0o600)
    })
  })

  it('asks for a stronger sign-in where the device does, and takes it', async () => {
    const id = await lampResource()
    const { issuer } = outside.provider
    await outside.manage('capability.set', {
      device: 'lamp',
      uri: 'lamp.switch',
      action: 'call',
      ecosystem: 'home',
      level: 3,
      acr: 'aal2',
      max_age: '5m',
    })
    try {
      const weak = await tokenFor(id)
      assert.deepEqual(errorOf(weak), [403, 'need_info'])
      const [claim] = weak.body['required_claims'] as Record<string, unknown>[]
      assert.deepEqual(claim?.['issuer'], [issuer])
      assert.equal(claim?.['name'], 'acr')
      assert.equal(claim?.['max_age'], 300)
    } finally {
      await outside.manage('capability.set', {
        device: 'lamp',
        uri: 'lamp.switch',
        action: 'call',
        ecosystem: 'home',
        level: 3,
        acr: 'none',
        max_age: 'none',
      })
    }
  })

  it('gives nothing that needs the owner’s word before it was given', async () => {
    const id = await lampResource()
    const terms = {
      device: 'lamp',
      uri: 'lamp.switch',
      action: 'call',
      ecosystem: 'home',
      level: 3,
    }
    await outside.manage('capability.set', { ...terms, approval: 'owner' })
    try {
      const { status, body } = await tokenFor(id)
      assert.equal(status, 403)
      assert.ok(['request_denied', 'request_submitted'].includes(String(body['error'])))
    } finally {
      await outside.manage('capability.set', { ...terms, approval: 'none' })
    }
  })

  it('registers no client twice, lists them without secrets, and removes them', async () => {
    await assert.rejects(
      outside.manage('client.create', { id: 'house_tools', use: 'requesting' }),
      {
        uri: 'latchkey.error.conflict',
      },
    )
    await assert.rejects(
      outside.manage('client.create', { id: 'latchkey_device', use: 'requesting' }),
      { uri: 'latchkey.error.conflict' },
    )
    const { clients } = (await outside.manage('client.list')) as { clients: { id: string }[] }
    assert.deepEqual(clients.map(({ id }) => id).toSorted(), ['friends_app', 'house_tools'])
    assert.doesNotMatch(JSON.stringify(clients), /secret|[0-9a-f]{64}/)
    await assert.rejects(outside.manage('client.remove', { id: 'nobody' }), {
      uri: 'latchkey.error.not_found',
    })
  })

  it('is decided by what holds now, not by what held when the token was given', async () => {
    const id = await lampResource()
    const rpt = String((await tokenFor(id)).body['access_token'])
    await outside.manage('grant.revoke', { id: grant })
    assert.deepEqual((await caller.form('/oauth/introspect', app, { token: rpt })).body, {
      active: false,
    })
    grant = await outside.grant('friend', 3)
    const { body } = await caller.form('/oauth/introspect', app, { token: rpt })
    assert.equal(body['active'], true)
  })
})

describe('a house without an authorization server', () => {
  it('has none of its endpoints, and says so to who manages its clients', async () => {
    const outside = await startOutside({ providers: 0, ecosystems: [] })
    try {
      for (const path of ['/oauth/token', '/.well-known/uma2-configuration'])
        assert.equal((await fetch(outside.http + path)).status, 404)
      assert.equal(outside.server.authority, undefined)
      await assert.rejects(outside.manage('client.list'), { uri: 'latchkey.error.invalid_state' })
    } finally {
      await outside.stop()
    }
  })
})
