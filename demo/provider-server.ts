import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Provider } from 'oidc-provider'
import { systemClock } from '../clock.ts'
import type { Clock } from '../clock.ts'
import { openPeople } from './people.ts'
import { providerConfiguration, signInPath } from './provider-configuration.ts'
import { DemoError, makeFolder } from './provider-files.ts'
import { listenOn, loopback } from './provider-listener.ts'
import { problemPage } from './provider-pages.ts'
import { issuerOf, makeSettings, readSettings, settingsFile } from './provider-settings.ts'
import { send, SignIn } from './provider-sign-in.ts'
import { TokenSocket } from './provider-tokens.ts'

/** Options of the demo's provider. */
export interface ProviderOptions {
  /** Folder of its keys, address and people; made and filled when it is empty. */
  readonly dir: string
  /** 0: the one of the folder, or a free one for a new folder. */
  readonly port: number
  /** Where the demo's page is served. */
  readonly pagePort: number
  /** `localhost` (default), `127.0.0.1` or `::1`. */
  readonly host?: string
  readonly clock?: Clock
}

/** A provider that runs. */
export interface RunningProvider {
  readonly issuer: string
  stop(): Promise<void>
}

/**
 * Starts the OpenID provider of the demo house, for this machine alone.
 * @throws DemoError saying what is in the way
 */
export async function startProvider(options: ProviderOptions): Promise<RunningProvider> {
  const { dir, port, pagePort, host = 'localhost', clock = systemClock } = options
  const bindings = loopback(host)
  await makeFolder(dir)
  const known = await readSettings(dir, port)
  const people = await openPeople(dir)
  let provider: Provider | undefined
  let serve: ((request: IncomingMessage, response: ServerResponse) => void) | undefined
  const tokens = await TokenSocket.open(
    dir,
    () => {
      if (provider === undefined) throw new DemoError('the provider is still starting')
      return provider
    },
    people,
  )
  let servers: readonly Server[] = []
  try {
    const listening = await listenOn(
      () => createServer((request, response) => serve?.(request, response)),
      bindings,
      known?.port ?? port,
      known === undefined ? undefined : settingsFile(dir),
    )
    servers = listening.servers
    const settings = known ?? (await makeSettings(dir, listening.port))
    const issuer = issuerOf(settings.port)
    provider = new Provider(issuer, providerConfiguration(settings, people, pagePort))
    provider.on('server_error', (_ctx, error) => console.error(error))
    serve = routes(provider, new SignIn(provider, people, clock), settings.port)
    return {
      issuer,
      async stop() {
        await Promise.all([...servers.map(closed), tokens.close()])
      },
    }
  } catch (error) {
    await Promise.all([...servers.map(closed), tokens.close()])
    throw error
  }
}

function routes(
  provider: Provider,
  signIn: SignIn,
  port: number,
): (request: IncomingMessage, response: ServerResponse) => void {
  const callback = provider.callback()
  const hosts = new Set(['localhost', '127.0.0.1', '[::1]'].map((host) => `${host}:${port}`))
  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // A name of somebody else's that leads to this machine must not act on it in a browser here.
    if (!hosts.has(request.headers.host ?? ''))
      return send(response, 421, problemPage('This did not work', ['Wrong address.']))
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
    if (path === '/healthz') {
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
      response.end(JSON.stringify({ ok: true, issuer: provider.issuer }))
      return
    }
    if (path.startsWith(signInPath)) return signIn.serve(request, response)
    await callback(request, response)
  }
  return (request, response) => {
    route(request, response).catch((error: unknown) => {
      console.error(error)
      if (response.headersSent) response.destroy()
      else send(response, 500, problemPage('This did not work', ['The provider failed.']))
    })
  }
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
