import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DomainError } from '../../ecosystems/errors.ts'
import { Issuers } from '../../ecosystems/issuers.ts'
import type { IdpRow } from '../../ecosystems/store/store.ts'
import { receiveFromProviders, type FederationBounds } from '../../federation/federation.ts'
import { withRoutes } from '../../http-routes.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { startOpenIdProvider, type OpenIdProvider } from '../support/openid-provider.ts'

/** A row of a provider that is trusted for `latchkey`. */
export function idpRow({ issuer, clientId }: OpenIdProvider, more: Partial<IdpRow> = {}): IdpRow {
  return {
    issuer,
    clientId,
    jwksUri: null,
    status: 'active',
    everywhere: true,
    acrMap: {},
    introspection: null,
    eventsAudience: null,
    createdAt: 0,
    ...more,
  }
}

/** The receivers behind a real HTTP port, with a real provider, and a domain that only notes what it is asked. */
export interface Receiver {
  readonly http: string
  readonly clock: ManualClock
  readonly provider: OpenIdProvider
  readonly issuers: Issuers
  /** What was asked of the domain, in order. */
  readonly asked: Record<string, unknown>[]
  readonly log: string[]
  /** What is in the record. */
  readonly recorded: string[]
  /** The store has kept nothing before this resolves. */
  disk: Promise<void>
  /** While set, the store keeps nothing. */
  broken: boolean
  /** While set, nothing is there that a provider has disabled. */
  nothingToEnable: boolean
  stop(): Promise<void>
}

export async function startReceiver(
  options: { readonly bounds?: Partial<FederationBounds>; readonly row?: Partial<IdpRow> } = {},
): Promise<Receiver> {
  const clock = new ManualClock(1_800_000_000_000)
  const provider = await startOpenIdProvider({ clock })
  const row = idpRow(provider, options.row)
  const issuers = new Issuers(
    { byIssuer: (issuer) => (issuer === row.issuer ? [row] : []) },
    { clock },
  )
  const asked: Record<string, unknown>[] = []
  const log: string[] = []
  const recorded: string[] = []
  const noted =
    (what: string) =>
    (about: object): Promise<void> => {
      asked.push({ what, ...about })
      return receiver.disk.then(() => {
        if (receiver.broken) throw new DomainError('unavailable', 'the disk is full')
      })
    }
  const federation = receiveFromProviders({
    issuers,
    identities: {
      disable: noted('disable'),
      enable: async (identity) => {
        if (receiver.nothingToEnable) return undefined
        await noted('enable')(identity)
        return identity
      },
      endSessions: noted('endSessions'),
    },
    record: ({ effect }) => recorded.push(effect),
    clock,
    log: (level, message) => log.push(`${level}: ${message}`),
    bounds: {
      eventBytes: 8_192,
      eventsPerSecond: 1_000,
      eventsAtOnce: 8,
      eventAgeMs: 86_400_000,
      eventIds: 1_000,
      ...options.bounds,
    },
  })
  const server = createServer(
    withRoutes(federation.routes, (_request, response) => response.writeHead(404).end(), {
      perAddress: 1_000,
    }),
  )
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const receiver: Receiver = {
    http: `http://127.0.0.1:${port}`,
    clock,
    provider,
    issuers,
    asked,
    log,
    recorded,
    disk: Promise.resolve(),
    broken: false,
    nothingToEnable: false,
    async stop() {
      await provider.stop()
      await new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      })
    },
  }
  // What is said in the second of the start could be of before it.
  clock.advance(1_000)
  return receiver
}
