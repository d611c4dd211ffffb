import type { Logger } from 'pino'
import { CookieJar } from './authenticators/cookie-jar.ts'
import type { Authority } from './authority/authority.ts'
import { systemClock, type Clock } from './clock.ts'
import { ConfigError, type Config } from './config.ts'
import { dataFolder, holdDataFolder, openDataFolder, type DataFolder } from './data-folder.ts'
import { Ecosystems } from './ecosystems/ecosystems.ts'
import { IssuerReachability } from './ecosystems/issuer-reachability.ts'
import { Issuers } from './ecosystems/issuers.ts'
import type { RelyingParty } from './ecosystems/proofs/webauthn.ts'
import { MemoryStore } from './ecosystems/store/memory.ts'
import { SqliteStore } from './ecosystems/store/sqlite.ts'
import type { Store } from './ecosystems/store/store.ts'
import type { TokenRows } from './ecosystems/store/tokens.ts'
import { withRoutes, type HttpRoute } from './http-routes.ts'
import { urlAt } from './listen-config.ts'
import { listenHttp, listenTcp, listenUnix, type Listening } from './listeners.ts'
import { createLogger, engineLog } from './logging.ts'
import { followProviders } from './house-federation.ts'
import type { AuthorityHouse } from './house-authority.ts'
import { openProofs } from './house-proofs.ts'
import { createPage } from './page.ts'
import type { AuthorityServices } from './realms/authority-services.ts'
import { buildRealm } from './realms/build.ts'
import { recordEmergencies } from './realms/emergency-tidings.ts'
import { explain } from './realms/explain.ts'
import { followReachability } from './realms/local-sessions.ts'
import { serveManagement } from './realms/services/serve.ts'
import { endCallsOfTheWithdrawn, endSessionsOfTheFallen } from './realms/standing.ts'
import type { Principal } from './router/access.ts'
import type { EventStore } from './router/event-store.ts'
import { defaultLimits } from './router/limits.ts'
import type { EngineLog } from './router/log.ts'
import { Router } from './router/router.ts'
import {
  CertificateError,
  Certificates,
  type TlsOptions,
} from './router/transports/certificates.ts'
import { relyingPartyOf } from './webauthn-config.ts'
import { version } from './version.ts'

/** What is said at the start besides the configuration. */
export interface ServerOptions {
  /** Data folder; needed unless the store is `memory`. */
  readonly dir?: string
  /** Instead of the configuration's `listen.websocket.port`. */
  readonly port?: number
  /** Instead of the configuration's `listen.rawsocket.port`; opens one on 127.0.0.1 where there is none. */
  readonly rawsocketPort?: number
  readonly clock?: Clock
  readonly logger?: Logger
}

/** A running router. */
export interface RunningServer {
  readonly router: Router
  readonly ecosystems: Ecosystems
  /** The house's own authorization server, where the configuration has one. */
  readonly authority: AuthorityServices | undefined
  /** Where it listens, for people. */
  readonly addresses: readonly string[]
  /** The WebSocket's port, where there is one. */
  readonly port: number | undefined
  /** Ends all sessions, closes everything, keeps what was accepted. */
  close(): Promise<void>
}

/**
 * Starts a router: store, house, realms, and last the listeners, so that nobody is served by half of it.
 * @throws DataFolderError, ListenError, StoreUnavailable, ConfigError for a certificate that cannot be used; what was opened before is closed again
 */
export async function startServer(
  config: Config,
  options: ServerOptions = {},
): Promise<RunningServer> {
  const clock = options.clock ?? systemClock
  const logger = options.logger ?? createLogger(config.log.level)
  const log = engineLog(logger)
  const closers: (() => Promise<void>)[] = []
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => (closing ??= closeAll(closers))
  try {
    const folder = await openFolder(config, options, closers)
    const { ecosystems, events, tokens } = await openHouse(folder, { clock, log })
    closers.push(() => ecosystems.close())
    const proofs = await openProofs(folder, clock, partyOf(config, options))
    const running = version()
    const cookies = cookiesFor(config, clock, ecosystems)
    const router = new Router({
      clock,
      limits: config.limits,
      agent: `Latchkey-${running}`,
      log,
      ...(cookies !== undefined && { cookies }),
    })
    const issuers = new Issuers(ecosystems.idps, {
      clock,
      reachability: new IssuerReachability({ clock, log }),
      cutoffs: ecosystems.cutoffs,
    })
    const startedAt = clock.now()
    let personOf: ((token: string) => Promise<Principal>) | undefined
    const authority = await authorityFor(config, {
      ecosystems,
      approvals: ecosystems.approvals,
      issuers,
      tokens,
      keysFile: folder?.authorityKeysFile,
      personOf: (token) => personOf?.(token) ?? Promise.reject(new Error('no realm is there yet')),
      router,
      clock,
      log,
    })
    if (authority !== undefined) closers.push(() => authority.close())
    endSessionsOfTheFallen(router, ecosystems)
    recordEmergencies(ecosystems)
    endCallsOfTheWithdrawn(router, ecosystems)
    const stopFollowing = followReachability(router, ecosystems, issuers.reachability)
    closers.push(() => Promise.resolve(stopFollowing()))
    const limits = { ...defaultLimits, ...config.limits }
    const federation = followProviders({ ecosystems, issuers, router, limits, clock, log })
    closers.push(() => Promise.resolve(federation.close()))
    for (const definition of config.realms) {
      const { realm, personOfToken, proofOfToken, components } = await buildRealm(definition, {
        ecosystems,
        proofs,
        issuers,
        opaque: federation.opaque,
        events,
        router,
        realms: config.realms,
        authority,
        cookies,
        clock,
        log,
      })
      personOf ??= personOfToken
      serveManagement(realm, {
        ecosystems,
        authority,
        proofs,
        router,
        clock,
        log,
        version: running,
        startedAt,
        verifyToken: personOfToken,
        proofOfToken,
        isUnreachable: (issuer) => issuers.reachability.isUnreachable(issuer),
        explain: (subject, uri, action, target) =>
          explain({ ecosystems, clock, components }, subject, uri, action, target),
      })
    }
    closers.push(() => router.close())
    const routes = [...federation.routes]
    if (authority !== undefined) routes.push(authority)
    const listeners = await listen(router, config, options, { folder, routes }, closers)
    const port = listeners.find((each) => each.port !== undefined)?.port
    authority?.open(issuerOf(config, port))
    return {
      router,
      ecosystems,
      authority,
      addresses: listeners.flatMap(({ addresses }) => addresses),
      port,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Loads an authorization server only where the configuration has one: it is a large part that few processes need. */
async function authorityFor(
  { authority }: Config,
  house: AuthorityHouse,
): Promise<Authority | undefined> {
  if (authority === undefined) return undefined
  const { openAuthority } = await import('./house-authority.ts')
  return openAuthority(authority, house)
}

/** Where the authorization server is: as configured, or else where it really listens. */
function issuerOf({ authority, listen: { websocket } }: Config, port: number | undefined): string {
  const scheme = websocket?.tls === undefined ? 'http' : 'https'
  const host = websocket?.host ?? 'localhost'
  return authority?.issuer ?? urlAt(scheme, { host, port: port ?? 0, path: '' })
}

/** By the port that it will really listen on. */
function partyOf(
  { webauthn, listen: { websocket } }: Config,
  { port }: ServerOptions,
): RelyingParty | undefined {
  return relyingPartyOf(webauthn, websocket && { ...websocket, port: port ?? websocket.port })
}

/** Cookies are given where a realm takes them, and to nobody else. */
function cookiesFor(config: Config, clock: Clock, ecosystems: Ecosystems): CookieJar | undefined {
  if (!config.realms.some(({ authmethods }) => authmethods.includes('cookie'))) return undefined
  const jar = new CookieJar({ ...defaultLimits, ...config.limits }, clock)
  ecosystems.onFallen(({ kind, id }) => jar.forget({ kind, authid: id }))
  return jar
}

/** Last opened, first closed. One that fails keeps none of the others open. */
async function closeAll(closers: readonly (() => Promise<void>)[]): Promise<void> {
  const faults: unknown[] = []
  for (const closer of closers.toReversed()) {
    await closer().catch((error: unknown) => faults.push(error))
  }
  if (faults.length > 0) throw new AggregateError(faults, 'not everything could be closed')
}

async function openHouse(
  folder: DataFolder | undefined,
  options: { readonly clock: Clock; readonly log: EngineLog },
): Promise<{
  ecosystems: Ecosystems
  events: EventStore | undefined
  tokens: TokenRows | undefined
}> {
  const database = folder && (await SqliteStore.open(folder.databaseFile))
  const store: Store = database ?? new MemoryStore()
  try {
    // Without a database the router keeps events itself.
    const ecosystems = await Ecosystems.open(store, { ...options, usage: database?.usage })
    return { ecosystems, events: database, tokens: database?.tokens }
  } catch (error) {
    await store.close()
    throw error
  }
}

async function openFolder(
  config: Config,
  { dir }: ServerOptions,
  closers: (() => Promise<void>)[],
): Promise<DataFolder | undefined> {
  if (config.store === 'memory') return undefined
  if (dir === undefined) throw new Error('a data folder is needed, unless the store is "memory"')
  const folder = dataFolder(dir)
  await openDataFolder(folder)
  closers.push(await holdDataFolder(folder))
  return folder
}

/** Listeners stop accepting before the router ends its sessions: closers run last to first. */
async function listen(
  router: Router,
  config: Config,
  options: ServerOptions,
  { folder, routes }: { folder: DataFolder | undefined; routes: readonly HttpRoute[] },
  closers: (() => Promise<void>)[],
): Promise<Listening[]> {
  const listeners: Listening[] = []
  const opened = (listening: Listening): void => {
    listeners.push(listening)
    closers.push(() => listening.close())
  }
  const certificatesOf = async (
    key: string,
    tls: TlsOptions | undefined,
  ): Promise<{ certificates?: Certificates }> => {
    if (tls === undefined) return {}
    const certificates = await readCertificates(key, tls, router)
    closers.push(() => Promise.resolve(certificates.close()))
    return { certificates }
  }
  const { websocket, rawsocket } = config.listen
  if (folder !== undefined) {
    opened(await listenUnix(router, { path: folder.socketFile, operator: true }))
  }
  const tcp = options.rawsocketPort
  if (rawsocket !== undefined && 'path' in rawsocket && tcp === undefined) {
    opened(await listenUnix(router, rawsocket))
  } else if (tcp !== undefined || rawsocket !== undefined) {
    const configured = rawsocket !== undefined && 'port' in rawsocket ? rawsocket : undefined
    const host = configured?.host ?? '127.0.0.1'
    const port = tcp ?? configured?.port ?? 0
    const tls = await certificatesOf('listen.rawsocket', configured?.tls)
    opened(await listenTcp(router, { host, port, ...tls }))
  }
  if (websocket !== undefined) {
    const port = options.port ?? websocket.port
    const page = config.console && { ...config.console, websocket: websocket.path }
    const perAddress = router.limits.requestsPerAddress
    const serve = withRoutes(routes, createPage({ config: page }), { perAddress })
    const tls = await certificatesOf('listen.websocket', websocket.tls)
    const tlsRequired = websocket.tls?.required
    opened(await listenHttp(router, { ...websocket, port, tlsRequired, ...tls }, serve))
  }
  return listeners
}

async function readCertificates(
  key: string,
  tls: TlsOptions,
  router: Router,
): Promise<Certificates> {
  try {
    return await Certificates.read(tls, router)
  } catch (error) {
    if (error instanceof CertificateError) throw new ConfigError(key, [error.message])
    throw error
  }
}
