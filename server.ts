import { chmod } from 'node:fs/promises'
import type { Logger } from 'pino'
import { systemClock, type Clock } from './clock.ts'
import type { Config } from './config.ts'
import { dataFolder, holdDataFolder, openDataFolder, type DataFolder } from './data-folder.ts'
import { Ecosystems } from './ecosystems/ecosystems.ts'
import { Issuers } from './ecosystems/issuers.ts'
import { MemoryStore } from './ecosystems/store/memory.ts'
import { SqliteStore } from './ecosystems/store/sqlite.ts'
import type { Store } from './ecosystems/store/store.ts'
import { ListenError, listenHttp } from './listeners.ts'
import { createLogger, engineLog } from './logging.ts'
import { createPage } from './page.ts'
import { buildRealm } from './realms/build.ts'
import { explain } from './realms/explain.ts'
import { serveManagement } from './realms/services/serve.ts'
import { endSessionsOfTheFallen } from './realms/standing.ts'
import type { EngineLog } from './router/log.ts'
import { Router } from './router/router.ts'
import type { Listener } from './router/transport.ts'
import { listenRawSocket, type RawSocketOptions } from './router/transports/rawsocket.ts'
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
  /** Where it listens, for people. */
  readonly addresses: readonly string[]
  /** The WebSocket's port, where there is one. */
  readonly port: number | undefined
  /** Ends all sessions, closes everything, keeps what was accepted. */
  close(): Promise<void>
}

/**
 * Starts a router: store, house, realms, and last the listeners, so that nobody is served by half of it.
 * @throws DataFolderError, ListenError, StoreUnavailable; what was opened before is closed again
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
    const ecosystems = await openHouse(folder, { clock, log })
    closers.push(() => ecosystems.close())
    const running = version()
    const router = new Router({ clock, limits: config.limits, agent: `Latchkey-${running}`, log })
    const issuers = new Issuers(ecosystems.idps, { clock })
    const startedAt = clock.now()
    endSessionsOfTheFallen(router, ecosystems)
    for (const definition of config.realms) {
      const { realm, personOfToken } = buildRealm(definition, {
        ecosystems,
        issuers,
        router,
        clock,
        log,
      })
      serveManagement(realm, {
        ecosystems,
        router,
        clock,
        log,
        version: running,
        startedAt,
        verifyToken: personOfToken,
        explain: (subject, uri, action, target) =>
          explain({ ecosystems, clock }, subject, uri, action, target),
      })
    }
    closers.push(() => router.close())
    const listeners = await listen(router, config, options, folder, closers)
    return {
      router,
      ecosystems,
      addresses: listeners.map(({ address }) => address),
      port: listeners.find((listener) => 'port' in listener)?.port,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
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
): Promise<Ecosystems> {
  const store: Store =
    folder === undefined ? new MemoryStore() : await SqliteStore.open(folder.databaseFile)
  try {
    return await Ecosystems.open(store, options)
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
  folder: DataFolder | undefined,
  closers: (() => Promise<void>)[],
): Promise<(Listener & { readonly port?: number })[]> {
  const listeners: (Listener & { readonly port?: number })[] = []
  const opened = (listener: Listener & { readonly port?: number }): void => {
    listeners.push(listener)
    closers.push(() => listener.close())
  }
  const { websocket, rawsocket } = config.listen
  if (folder !== undefined) {
    opened(await listenUnix(router, { path: folder.socketFile, operator: true }))
  }
  const tcp = options.rawsocketPort
  if (tcp !== undefined) {
    const host = rawsocket !== undefined && 'host' in rawsocket ? rawsocket.host : '127.0.0.1'
    opened(await listenTcp(router, host, tcp))
  } else if (rawsocket !== undefined) {
    opened(
      'path' in rawsocket
        ? await listenUnix(router, rawsocket)
        : await listenTcp(router, rawsocket.host, rawsocket.port),
    )
  }
  if (websocket !== undefined) {
    const port = options.port ?? websocket.port
    const page = config.console && { ...config.console, websocket: websocket.path }
    const serve = createPage({ config: page })
    opened(await listenHttp(router, { ...websocket, port }, serve))
  }
  return listeners
}

/** Mode 0600 from its first moment on: the folder is closed to others, and so is the socket itself. */
async function listenUnix(router: Router, options: RawSocketOptions & { path: string }) {
  const before = process.umask(0o177)
  try {
    const listening = listenRawSocket(router, options)
    process.umask(before)
    const listener = await listening
    await chmod(options.path, 0o600)
    return listener
  } catch (error) {
    throw new ListenError(options.path, error as NodeJS.ErrnoException)
  } finally {
    process.umask(before)
  }
}

async function listenTcp(router: Router, host: string, port: number): Promise<Listener> {
  try {
    return await listenRawSocket(router, { host, port })
  } catch (error) {
    throw new ListenError(`${host}:${port}`, error as NodeJS.ErrnoException)
  }
}
