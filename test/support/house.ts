import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { Clock } from '../../clock.ts'
import { App, Device, rawSocketClass, webSocketClass } from '../../clients/index.ts'
import { parseConfig, type Config } from '../../config.ts'
import { startServer, type RunningServer } from '../../server.ts'
import { startOpenIdProvider, type OpenIdProvider } from './openid-provider.ts'

/** People of the house, with their levels in it. */
export const levels = { owner: 1, friend: 2, guest: 3 } as const

export type PersonName = keyof typeof levels

/** A house with an OpenID provider, a router over SQLite, a lamp and a safe: all real, on loopback. */
export interface House {
  readonly server: RunningServer
  readonly provider: OpenIdProvider
  readonly dir: string
  readonly config: Config
  /** Of the WebSocket. */
  readonly url: string
  /** What the lamp and the safe were told, in order. */
  readonly told: string[]
  readonly lamp: Device
  token(person: PersonName, expiresInSeconds?: number): Promise<string>
  /** A person's app that has joined. */
  app(person: PersonName): Promise<App>
  /** Calls `latchkey.<uri>` as the operator, over the management socket. */
  manage(uri: string, input?: Record<string, unknown>): Promise<Answer>
  /** Stops and starts the router on the same data folder and port. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** The dictionary that a procedure of Latchkey's own answers with. */
export type Answer = Readonly<Record<string, unknown>>

const silent = pino({ level: 'silent' })

export async function startHouse(options: { readonly clock?: Clock } = {}): Promise<House> {
  const dir = await mkdtemp(join(tmpdir(), 'lk-house-'))
  const provider = await startOpenIdProvider({ people: Object.keys(levels), ...options })
  const configFor = (port: number): Config =>
    parseConfig(
      `listen: { websocket: { host: 127.0.0.1, port: ${port} } }
realms: [{ uri: home, authmethods: [ticket, cryptosign], shutdown: close }]`,
      'the test',
    )
  let server = await startServer(configFor(0), { dir, logger: silent, ...options })
  const config = configFor(server.port ?? 0)
  const url = `ws://127.0.0.1:${server.port}/ws`
  const operator = new App({
    url: 'ws://localhost',
    realm: 'home',
    webSocket: rawSocketClass({ path: join(dir, 'latchkey.sock') }),
  })
  await operator.connect()
  const manage = async (uri: string, input: Record<string, unknown>): Promise<Answer> => {
    const { args } = await operator.call(`latchkey.${uri}`, [], input)
    return args[0] as Answer
  }
  await manage('ecosystem.create', { id: 'home' })
  const { issuer, clientId } = provider
  await manage('idp.add', { issuer, client_id: clientId })
  for (const [id, level] of Object.entries(levels)) {
    await manage('person.create', { id, name: id, issuer, subject: id })
    await manage('grant.create', { to: id, ecosystem: 'home', level })
  }
  const told: string[] = []
  const device = async (deviceClass: string, prefix: string, verb: string): Promise<Device> => {
    const { codes } = await manage('provisioning.token.create', {
      ecosystem: 'home',
      class: deviceClass,
      prefix,
    })
    const made = new Device({
      url,
      realm: 'home',
      stateDir: join(dir, `device-${prefix}`),
      code: (codes as string[])[0] ?? '',
      procedures: {
        [verb]: ({ args }) => {
          told.push(`${prefix}.${verb} ${JSON.stringify(args)}`)
          return { done: args[0] ?? true }
        },
      },
    })
    await made.connect()
    return made
  }
  const lamp = await device('light', 'lamp', 'switch')
  const safe = await device('safe', 'safe', 'open')
  const apps: App[] = []
  return {
    get server() {
      return server
    },
    provider,
    dir,
    config,
    url,
    told,
    lamp,
    manage: (uri: string, input = {}) => manage(uri, input),
    token: (person: PersonName, expiresInSeconds = 3_600) =>
      provider.token(person, { expiresInSeconds }),
    async app(person: PersonName) {
      const app = new App({
        url,
        realm: 'home',
        token: () => provider.token(person),
        webSocket: webSocketClass(),
      })
      apps.push(app)
      await app.connect()
      return app
    },
    async restart() {
      await server.close()
      server = await startServer(config, { dir, logger: silent, ...options })
    },
    async stop() {
      for (const client of [...apps, operator, lamp, safe]) await client.close()
      await server.close()
      await provider.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
