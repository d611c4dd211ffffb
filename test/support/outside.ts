import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { pino } from 'pino'
import { Wampy } from 'wampy'
import WebSocket from 'ws'
import { App, Device, webSocketClass, type Procedure } from '../../clients/index.ts'
import { parseConfig, type Config } from '../../config.ts'
import { startServer, type RunningServer } from '../../server.ts'
import type { ManualClock } from './manual-clock.ts'
import { startOpenIdProvider, type OpenIdProvider } from './openid-provider.ts'
import { WampClient, type Format, type Wire } from './wamp-client.ts'

/** What a procedure of Latchkey's own answers with. */
export type Answer = Readonly<Record<string, unknown>>

/** An ecosystem that is there from the start. */
export interface OutsideEcosystem {
  readonly id: string
  /** Default: the first realm. */
  readonly realm?: string
}

export interface OutsideOptions {
  /** OpenID providers on loopback, all of them trusted for the audience `latchkey`. Default 1. */
  readonly providers?: number
  /** Providers (by index) that are asked about access tokens (RFC 7662). Default none. */
  readonly introspected?: readonly number[]
  /** What the words (`acr`, `amr`) of all providers are worth, e.g. `{ gold: 'aal2' }`. Default: nothing above `aal1`. */
  readonly acrMap?: Readonly<Record<string, 'aal1' | 'aal2' | 'aal3'>>
  /**
   * Time of the server and of all tokens: months pass at once. Pings go by the machine's, so nobody is lost by it.
   * Access tokens are dated by the machine: let the clock start at its present where introspection is tried.
   */
  readonly clock?: ManualClock
  /** `folder` (SQLite in a temporary folder; can `restart`). Default `memory`. */
  readonly store?: 'memory' | 'folder'
  /** Default `home` alone. */
  readonly realms?: readonly string[]
  /** Default one: `home`, in the first realm. */
  readonly ecosystems?: readonly OutsideEcosystem[]
  /** Authentication methods of every realm. Default `ticket` and `cryptosign`. */
  readonly authmethods?: readonly string[]
  /** Where it must be known beforehand. Default: any free one. */
  readonly port?: number
  /** Bounds of the engine that differ from the default. */
  readonly limits?: Readonly<Record<string, number>>
  /** Further keys of every realm's configuration, e.g. `{ authorizer: {…} }`. */
  readonly realm?: Readonly<Record<string, unknown>>
  /** Further keys of the configuration, e.g. `{ authority: {…} }`. */
  readonly config?: Readonly<Record<string, unknown>>
}

/** What an ID token is to say besides who it is for: `expiresInSeconds`, `audience`, and any claim. */
export interface TokenClaims {
  /** Default 3,600. */
  readonly expiresInSeconds?: number
  readonly audience?: string
  readonly [claim: string]: unknown
}

export interface JoinOptions {
  /** Default: the first realm. */
  readonly realm?: string
  /** HELLO.Details.roles. Default: all four, without features. */
  readonly roles?: Readonly<Record<string, unknown>>
  readonly authid?: string
  readonly authextra?: Readonly<Record<string, unknown>>
  /** Default `json`. */
  readonly format?: Format
}

export interface DeviceParts {
  /** Default: the class's with the next free number. */
  readonly prefix?: string
  /** Default: the first ecosystem. */
  readonly ecosystem?: string
  /** By what follows the prefix and a dot, e.g. `switch`. */
  readonly handlers?: Readonly<Record<string, Procedure>>
}

/** An ABORT that answered a HELLO or an AUTHENTICATE. */
export class JoinAborted extends Error {
  override readonly name = 'JoinAborted'
  /** ABORT.Reason, e.g. `wamp.error.authentication_denied`. */
  readonly reason: string
  /** ABORT.Details. */
  readonly details: unknown

  constructor(abort: Wire) {
    super(`aborted: ${JSON.stringify(abort)}`)
    this.details = abort[1]
    this.reason = String(abort[2])
  }
}

/**
 * A real server on loopback with real OpenID providers, seen from outside: what stands in a test of a requirement.
 * WebSocket on an ephemeral port, no page. Everything that is opened through it is closed by `stop`.
 */
export interface Outside {
  readonly server: RunningServer
  /** `ws://127.0.0.1:PORT/ws` */
  readonly url: string
  /** `http://127.0.0.1:PORT`, of the same port. */
  readonly http: string
  readonly providers: readonly OpenIdProvider[]
  /** The first provider; throws when there is none. */
  readonly provider: OpenIdProvider
  readonly realms: readonly string[]
  /** The data folder; `undefined` over memory. */
  readonly dir: string | undefined
  /** An ID token of `subject` at a provider (by index or itself). */
  token(provider: OpenIdProvider | number, subject: string, claims?: TokenClaims): Promise<string>
  /** An opaque access token of `subject`, which the provider can introspect and `revoke`. */
  accessToken(
    provider: OpenIdProvider | number,
    subject: string,
    options?: { readonly expiresInSeconds?: number },
  ): Promise<string>
  /**
   * Calls `latchkey.<procedure>` as the operator. `realm`: where; default the first.
   * Rejects with `WampError`, whose `uri` is that of the ERROR.
   */
  manage(procedure: string, kwargs?: Record<string, unknown>, realm?: string): Promise<Answer>
  /** A person that the first provider (or `provider`) calls `subject`; resolves with the id. Default subject: the id. */
  person(id: string, options?: { subject?: string; provider?: number }): Promise<string>
  /** Gives a level in an ecosystem (default: the first); resolves with the grant's id. Further keys go to grant.create. */
  grant(to: string, level: number, options?: Record<string, unknown>): Promise<string>
  /** A raw client over a WebSocket that has sent nothing yet. */
  connect(format?: Format): Promise<WampClient>
  /**
   * A raw client that has joined by `ticket`; its `session` is set. @throws JoinAborted
   */
  join(token: string, options?: JoinOptions): Promise<WampClient>
  /** An unmodified wampy over ws that has joined by `ticket`. It does not reconnect. Rejects when it is not let in. */
  wampy(token: string, options?: { readonly realm?: string }): Promise<Wampy>
  /** Our own client for people, joined. */
  app(token: string | (() => Promise<string>), options?: { readonly realm?: string }): Promise<App>
  /** A device that was enrolled by a provisioning code and offers its procedures. */
  device(deviceClass: string, parts?: DeviceParts): Promise<Device>
  /** CALL by a raw client; resolves with RESULT or ERROR as on the wire. */
  call(client: WampClient, uri: string, args?: unknown[], kwargs?: object): Promise<Wire>
  /** The URI of the ERROR that a CALL gets, or `'RESULT'`. */
  outcome(client: WampClient, uri: string, args?: unknown[], kwargs?: object): Promise<string>
  /** Stops and starts the server on the same data folder and port. Only with `store: 'folder'`. */
  restart(): Promise<void>
  stop(): Promise<void>
}

const silent = pino({ level: 'silent' })
const allRoles = { publisher: {}, subscriber: {}, caller: {}, callee: {} }

export async function startOutside(options: OutsideOptions = {}): Promise<Outside> {
  const { clock, realms = ['home'] } = options
  const [firstRealm = 'home'] = realms
  const ecosystems = options.ecosystems ?? [{ id: 'home' }]
  const timed = clock === undefined ? {} : { clock }
  const folder = options.store === 'folder'
  const dir = await mkdtemp(joinPath(tmpdir(), 'lk-outside-'))
  const providers: OpenIdProvider[] = []
  while (providers.length < (options.providers ?? 1))
    providers.push(await startOpenIdProvider(timed))

  const configFor = (port: number): Config =>
    parseConfig(
      JSON.stringify({
        listen: { websocket: { host: '127.0.0.1', port } },
        store: folder ? 'sqlite' : 'memory',
        realms: realms.map((uri) => ({
          uri,
          authmethods: options.authmethods ?? ['ticket', 'cryptosign'],
          shutdown: 'close',
          ...options.realm,
        })),
        ...(options.limits !== undefined && { limits: options.limits }),
        ...options.config,
      }),
      'the test',
    )
  const start = (port: number): Promise<RunningServer> =>
    startServer(configFor(port), { ...(folder && { dir }), logger: silent, ...timed })

  let server = await start(options.port ?? 0)
  const port = server.port ?? 0
  const url = `ws://127.0.0.1:${port}/ws`
  const closers: (() => unknown)[] = []
  let requests = 0

  /** Over memory there is no management socket: the operator is then a party within the process, of the same rights. */
  const manage: Outside['manage'] = async (procedure, kwargs = {}, realm = firstRealm) => {
    const home = server.router.realm(realm)
    if (home === undefined) throw new Error(`there is no realm ${realm}`)
    const operator = home.local({
      kind: 'operator',
      authid: 'operator',
      authrole: 'operator',
      authmethod: 'local',
      authprovider: 'latchkey',
    })
    try {
      const { args } = await operator.call(`latchkey.${procedure}`, [], kwargs)
      return (args?.[0] ?? {}) as Answer
    } finally {
      operator.leave()
    }
  }

  for (const [index, { issuer, clientId, introspection }] of providers.entries()) {
    const secretFile = joinPath(dir, `secret-${index}`)
    await writeFile(secretFile, `${introspection.clientSecret}\n`, { mode: 0o600 })
    await manage('idp.add', {
      issuer,
      client_id: clientId,
      ...(options.acrMap !== undefined && { acr_map: options.acrMap }),
      ...(options.introspected?.includes(index) && {
        introspection_endpoint: `${issuer}/token/introspection`,
        introspection_client_id: introspection.clientId,
        introspection_secret_file: secretFile,
      }),
    })
  }
  for (const { id, realm } of ecosystems) await manage('ecosystem.create', { id }, realm)

  const at = (provider: OpenIdProvider | number): OpenIdProvider => {
    const found = typeof provider === 'number' ? providers[provider] : provider
    if (found === undefined) throw new Error(`there are ${providers.length} providers`)
    return found
  }
  const realmOf = (ecosystem: unknown): string =>
    ecosystems.find(({ id }) => id === ecosystem)?.realm ?? firstRealm
  const connect = async (format?: Format): Promise<WampClient> => {
    const client = await WampClient.webSocket(url, format)
    closers.push(() => client.drop())
    return client
  }
  const call: Outside['call'] = (client, uri, args = [], kwargs = {}) =>
    client.ask([48, ++requests, {}, uri, args, kwargs])

  return {
    get server() {
      return server
    },
    url,
    http: `http://127.0.0.1:${port}`,
    providers,
    get provider() {
      return at(0)
    },
    realms,
    dir: folder ? dir : undefined,
    token: (provider, subject, { expiresInSeconds = 3_600, audience, ...claims } = {}) =>
      at(provider).token(subject, {
        expiresInSeconds,
        claims,
        ...(audience !== undefined && { audience }),
      }),
    accessToken: (provider, subject, more) => at(provider).accessToken(subject, more),
    manage,
    async person(id, { subject = id, provider = 0 } = {}) {
      const { issuer } = at(provider)
      const made = await manage('person.create', { id, name: id, issuer, subject })
      return String(made['id'])
    },
    async grant(to, level, more = {}) {
      const { ecosystem = ecosystems[0]?.id } = more
      const realm = realmOf(ecosystem)
      const made = await manage('grant.create', { to, ecosystem, level, ...more }, realm)
      return String(made['id'])
    },
    connect,
    async join(token, { realm = firstRealm, roles = allRoles, format, authid, authextra } = {}) {
      const client = await connect(format)
      const details = {
        roles,
        authmethods: ['ticket'],
        ...(authid !== undefined && { authid }),
        ...(authextra !== undefined && { authextra }),
      }
      const challenge = await client.ask([1, realm, details])
      if (challenge[0] !== 4) throw new JoinAborted(challenge)
      const welcome = await client.ask([5, token, {}])
      if (welcome[0] !== 2) throw new JoinAborted(welcome)
      client.session = welcome[1] as number
      return client
    },
    async wampy(token, { realm = firstRealm } = {}) {
      const wampy = new Wampy(url, {
        realm,
        ws: WebSocket as never,
        authid: 'person',
        authmethods: ['ticket'],
        onChallenge: () => token,
        autoReconnect: false,
      })
      await wampy.connect()
      closers.push(() => wampy.disconnect())
      return wampy
    },
    async app(token, { realm = firstRealm } = {}) {
      const give = typeof token === 'string' ? () => token : token
      const app = new App({ url, realm, token: give, webSocket: webSocketClass() })
      closers.push(() => app.close())
      await app.connect()
      return app
    },
    async device(deviceClass, { prefix, ecosystem = ecosystems[0]?.id, handlers } = {}) {
      const realm = realmOf(ecosystem)
      const { codes } = await manage(
        'provisioning.token.create',
        { ecosystem, class: deviceClass, ...(prefix !== undefined && { prefix }) },
        realm,
      )
      const device = new Device({
        url,
        realm,
        stateDir: await mkdtemp(joinPath(dir, 'device-')),
        code: (codes as string[])[0] ?? '',
        ...(handlers !== undefined && { procedures: handlers }),
      })
      closers.push(() => device.close())
      await device.connect()
      return device
    },
    call,
    async outcome(client, uri, args, kwargs) {
      const answer = await call(client, uri, args, kwargs)
      return answer[0] === 8 ? String(answer[4]) : 'RESULT'
    },
    async restart() {
      if (!folder) throw new Error('a server over memory cannot be restarted')
      await server.close()
      server = await start(port)
    },
    async stop() {
      for (const close of closers.toReversed())
        await Promise.resolve(close()).catch(() => undefined)
      await server.close()
      for (const provider of providers) await provider.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
