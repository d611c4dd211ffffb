import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as oauth from 'oauth4webapi'
import { ManualClock } from '../support/manual-clock.ts'
import { JoinAborted, startOutside, type Outside } from '../support/outside.ts'
import {
  idTokenFormat,
  jwtBearerGrant,
  registerClients,
  umaTicketGrant,
  type RegisteredClient,
} from '../support/uma.ts'

const insecure = { [oauth.allowInsecureRequests]: true }
const notAuthorized = 'wamp.error.not_authorized'

interface Metadata extends oauth.AuthorizationServer {
  readonly permission_endpoint: string
  readonly resource_registration_endpoint: string
}

/** A client of OAuth by a library that knows nothing of this house. */
class StandardClient {
  readonly server: Metadata
  readonly #client: oauth.Client
  readonly #auth: oauth.ClientAuth

  constructor(server: Metadata, { id, secret }: RegisteredClient) {
    this.server = server
    this.#client = { client_id: id }
    this.#auth = oauth.ClientSecretBasic(secret)
  }

  /** Reads the metadata as any client does. */
  static async discover(http: string, client: RegisteredClient): Promise<StandardClient> {
    const response = await fetch(`${http}/.well-known/uma2-configuration`)
    const server = (await response.json()) as Metadata
    assert.equal(server.issuer, http)
    return new StandardClient(server, client)
  }

  async token(grantType: string, parameters: Record<string, string>): Promise<string> {
    const response = await this.ask(grantType, parameters)
    const result = await oauth.processGenericTokenEndpointResponse(
      this.server,
      this.#client,
      response,
    )
    return result.access_token
  }

  ask(grantType: string, parameters: Record<string, string>): Promise<Response> {
    return oauth.genericTokenEndpointRequest(
      this.server,
      this.#client,
      this.#auth,
      grantType,
      parameters,
      insecure,
    )
  }

  async introspect(token: string): Promise<oauth.IntrospectionResponse> {
    const response = await oauth.introspectionRequest(
      this.server,
      this.#client,
      this.#auth,
      token,
      insecure,
    )
    return oauth.processIntrospectionResponse(this.server, this.#client, response)
  }

  async revoke(token: string): Promise<void> {
    const response = await oauth.revocationRequest(
      this.server,
      this.#client,
      this.#auth,
      token,
      insecure,
    )
    await oauth.processRevocationResponse(response)
  }
}

/** A resource server as UMA 2.0 describes it, before the devices of one owner: nothing in it is of this house. */
class ResourceServer {
  readonly #http: Server
  readonly #as: StandardClient
  readonly #pat: string
  readonly #resources = new Map<string, { readonly id: string; readonly scope: string }>()

  private constructor(as: StandardClient, pat: string) {
    this.#as = as
    this.#pat = pat
    this.#http = createServer((request, response) => {
      this.#answer(request.url ?? '', request.headers.authorization).then(
        ({ status, headers }) => response.writeHead(status, headers).end(),
        () => response.writeHead(500).end(),
      )
    })
  }

  static async start(as: StandardClient, ownersIdToken: string): Promise<ResourceServer> {
    const pat = await as.token(jwtBearerGrant, {
      assertion: ownersIdToken,
      scope: 'uma_protection',
    })
    const server = new ResourceServer(as, pat)
    server.#http.listen(0, '127.0.0.1')
    await once(server.#http, 'listening')
    return server
  }

  /** Registers a device and what is to be shared of it; `path` leads to it. */
  async protect(path: string, device: string, scope: string): Promise<string> {
    const description = { name: device, type: 'device', resource_scopes: [scope] }
    const { _id: id } = await this.#post(
      this.#as.server.resource_registration_endpoint,
      description,
      201,
    )
    this.#resources.set(path, { id: String(id), scope })
    return String(id)
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}${path}`
  }

  async stop(): Promise<void> {
    this.#http.close()
    this.#http.closeAllConnections()
    await Promise.resolve()
  }

  async #answer(
    path: string,
    authorization: string | undefined,
  ): Promise<{ status: number; headers: Record<string, string> }> {
    const resource = this.#resources.get(path)
    if (resource === undefined) return { status: 404, headers: {} }
    const { id, scope } = resource
    const rpt = authorization?.replace(/^Bearer /, '')
    if (rpt !== undefined && (await this.#permits(rpt, id, scope)))
      return { status: 200, headers: {} }
    const { ticket } = await this.#post(
      this.#as.server.permission_endpoint,
      [{ resource_id: id, resource_scopes: [scope] }],
      201,
    )
    const challenge = `UMA realm="house", as_uri="${this.#as.server.issuer}", ticket="${String(ticket)}"`
    return { status: 401, headers: { 'www-authenticate': challenge } }
  }

  async #permits(rpt: string, id: string, scope: string): Promise<boolean> {
    const found = await this.#as.introspect(rpt)
    const permissions = found['permissions'] as
      { readonly resource_id: string; readonly resource_scopes: string[] }[] | undefined
    return (
      found.active &&
      permissions?.some(
        (each) => each.resource_id === id && each.resource_scopes.includes(scope),
      ) === true
    )
  }

  async #post(url: string, body: unknown, status: number): Promise<Record<string, unknown>> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#pat}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    assert.equal(response.status, status)
    return (await response.json()) as Record<string, unknown>
  }
}

/** The ticket of a resource server's answer to a request without a token. */
function ticketIn(response: Response): string {
  const challenge = response.headers.get('www-authenticate') ?? ''
  const ticket = /ticket="([^"]+)"/.exec(challenge)?.[1]
  assert(ticket !== undefined, challenge)
  return ticket
}

describe('R21 UMA 2.0: an owner shares, lists and revokes', function () {
  this.timeout(20_000)

  let outside: Outside
  let clock: ManualClock
  let requesting: StandardClient
  let resources: ResourceServer
  let grant: string
  let told: unknown[]

  const start = async (store: 'memory' | 'folder'): Promise<void> => {
    clock = new ManualClock()
    told = []
    outside = await startOutside({ clock, store, config: { authority: {} } })
    await outside.person('owner')
    await outside.grant('owner', 1)
    await outside.person('friend')
    grant = await outside.grant('friend', 3)
    await outside.person('stranger')
    await outside.device('light', {
      prefix: 'lamp',
      handlers: { switch: ({ args }) => told.push(args?.[0]), state: () => 'on' },
    })
    const clients = await registerClients(outside)
    const tools = await StandardClient.discover(outside.http, clients.server)
    requesting = await StandardClient.discover(outside.http, clients.requesting)
    resources = await ResourceServer.start(tools, await outside.token(0, 'owner'))
    await resources.protect('/lamp', 'lamp', 'switch')
  }

  afterEach(async () => {
    await resources.stop()
    await outside.stop()
  })

  /** Tokenless, for a ticket; then the ticket, with who it is, for a token. */
  const rptOf = async (subject: string): Promise<string> => {
    const tokenless = await fetch(resources.url('/lamp'))
    assert.equal(tokenless.status, 401)
    return requesting.token(umaTicketGrant, {
      ticket: ticketIn(tokenless),
      claim_token: await outside.token(0, subject),
      claim_token_format: idTokenFormat,
    })
  }

  const withToken = async (rpt: string): Promise<number> => {
    const response = await fetch(resources.url('/lamp'), {
      headers: { authorization: `Bearer ${rpt}` },
    })
    return response.status
  }

  it('R21: a standard UMA client gets from no token to a ticket, an RPT and a call; the owner revokes, introspection says active:false and the next call is not authorized', async () => {
    await start('memory')
    const rpt = await rptOf('friend')
    assert.equal(await withToken(rpt), 200)
    const session = await outside.join(rpt)
    assert.equal(await outside.outcome(session, 'lamp.switch', [true]), 'RESULT')
    assert.deepEqual(told, [true])

    await outside.manage('grant.revoke', { id: grant })

    assert.deepEqual(await requesting.introspect(rpt), { active: false })
    assert.equal(await withToken(rpt), 401)
    // The very session that was allowed before.
    assert.equal(await outside.outcome(session, 'lamp.switch', [false]), notAuthorized)
    assert.deepEqual(told, [true])
    await assert.rejects(outside.join(rpt), { reason: 'wamp.error.authentication_denied' })
  })

  it('R21: introspection names the permissions, and the session has these and nothing else', async () => {
    await start('memory')
    const rpt = await rptOf('friend')
    const found = await requesting.introspect(rpt)
    assert.equal(found.active, true)
    assert.equal(found.sub, 'friend')
    const [permission] = found['permissions'] as { readonly resource_scopes: string[] }[]
    assert.deepEqual(permission?.resource_scopes, ['switch'])
    const session = await outside.join(rpt)
    // The friend's own level would reach that.
    assert.equal(await outside.outcome(session, 'lamp.state'), notAuthorized)
    assert.equal(await outside.outcome(session, 'latchkey.discovery.list'), notAuthorized)
    assert.equal(await outside.outcome(session, 'lamp.switch'), 'RESULT')
  })

  it('R21: what the friend may not do, no ticket gives', async () => {
    await start('memory')
    const response = await requesting.ask(umaTicketGrant, {
      ticket: ticketIn(await fetch(resources.url('/lamp'))),
      claim_token: await outside.token(0, 'stranger'),
      claim_token_format: idTokenFormat,
    })
    assert.equal(response.status, 403)
    const body = (await response.json()) as Record<string, unknown>
    assert.equal(body['error'], 'request_denied')
    assert.equal(body['ticket'], undefined)
  })

  it('R21: a ticket without claims is exchanged for the next one, and is of no use again', async () => {
    await start('memory')
    const ticket = ticketIn(await fetch(resources.url('/lamp')))
    const response = await requesting.ask(umaTicketGrant, { ticket })
    assert.equal(response.status, 403)
    const needed = (await response.json()) as {
      readonly error: string
      readonly ticket: string
      readonly required_claims: readonly { readonly claim_token_format: string[] }[]
    }
    assert.equal(needed.error, 'need_info')
    assert.deepEqual(needed.required_claims[0]?.claim_token_format, [idTokenFormat])
    assert.notEqual(needed.ticket, ticket)
    const again = await requesting.ask(umaTicketGrant, { ticket })
    assert.equal(again.status, 400)
    assert.equal(((await again.json()) as { error: string }).error, 'invalid_grant')
    const rpt = await requesting.token(umaTicketGrant, {
      ticket: needed.ticket,
      claim_token: await outside.token(0, 'friend'),
      claim_token_format: idTokenFormat,
    })
    assert.equal(await withToken(rpt), 200)
  })

  it('R21: a token that its client revokes is over, and so is the session that came by it', async () => {
    await start('memory')
    const rpt = await rptOf('friend')
    const session = await outside.join(rpt)
    await requesting.revoke(rpt)
    const goodbye = await session.next()
    assert.deepEqual([goodbye[0], goodbye[2]], [6, 'wamp.close.killed'])
    assert.deepEqual(await requesting.introspect(rpt), { active: false })
    await assert.rejects(outside.join(rpt), JoinAborted)
    // The grant stands: with a new token the friend is back.
    assert.equal(await withToken(await rptOf('friend')), 200)
  })

  it('R21: a token survives a restart of the house, and its end comes in time', async () => {
    await start('folder')
    const rpt = await rptOf('friend')
    await outside.restart()
    const session = await outside.join(rpt)
    // The lamp comes back by itself.
    const deadline = Date.now() + 5_000
    while ((await outside.outcome(session, 'lamp.switch')) !== 'RESULT')
      assert.ok(Date.now() < deadline, 'the lamp did not come back')
    clock.advance(3_600_000)
    assert.deepEqual(await requesting.introspect(rpt), { active: false })
    await assert.rejects(outside.join(rpt), JoinAborted)
  })
})
