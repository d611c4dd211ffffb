import { systemClock, type Clock } from '../clock.ts'
import type { CookieIssuer } from './access.ts'
import { Agenda } from './agenda.ts'
import { Connection, type ConnectionContext } from './connection.ts'
import { defaultLimits, type Limits } from './limits.ts'
import { noLog, type EngineLog } from './log.ts'
import { Outbox } from './outbox.ts'
import { Resumption } from './resumption.ts'
import { Realm, type RealmDefinition } from './realm.ts'
import type { Transport, TransportSink } from './transport.ts'

/** Options of a router; all have defaults. */
export interface RouterOptions {
  readonly clock?: Clock
  readonly limits?: Partial<Limits>
  /** WELCOME.Details.agent. */
  readonly agent?: string
  readonly log?: EngineLog
  /** Gives cookies to who comes over HTTP; absent: nobody gets one. */
  readonly cookies?: CookieIssuer
}

/** Who joins does so at once; who has not after this gives way to others of its address. */
const givesWayAfterMs = 1_000

/** What has not joined yet: a connection, or what is to become one. */
interface Entrant {
  /** Milliseconds since the epoch. */
  readonly openedAt: number
  giveWay(): void
}

/** The engine: realms, and the connections that join them. Knows no sockets and no product. */
export class Router {
  readonly clock: Clock
  readonly limits: Limits
  readonly log: EngineLog
  readonly cookies: CookieIssuer | undefined
  /** Shared with the transports, so that all that one tick writes leaves together. */
  readonly outbox: Outbox
  readonly #realms = new Map<string, Realm>()
  readonly #connections = new Set<Connection>()
  /** What has not joined yet, by address; in each the one that has waited longest first. */
  readonly #joining = new Map<string, Set<Entrant>>()
  /** Sessions that outlive their transport. */
  readonly resumption: Resumption
  readonly #context: ConnectionContext
  #closing: Promise<void> | undefined
  #endClosing: (() => void) | undefined

  constructor(options: RouterOptions = {}) {
    this.clock = options.clock ?? systemClock
    this.limits = { ...defaultLimits, ...options.limits }
    this.log = options.log ?? noLog
    this.cookies = options.cookies
    this.outbox = new Outbox((error) => this.log('error', 'a flush failed', { error }))
    this.resumption = new Resumption(this)
    this.#context = {
      clock: this.clock,
      limits: this.limits,
      log: this.log,
      outbox: this.outbox,
      resumption: this.resumption,
      agent: options.agent ?? 'Latchkey',
      agenda: new Agenda(this.clock),
      realm: (uri) => this.#realms.get(uri),
      rejoins: (connection) => this.#rejoins(connection),
      settled: (connection) => this.#leave(connection.transport.peer.address, connection),
      closed: (connection) => this.#closed(connection),
    }
  }

  get realms(): ReadonlyMap<string, Realm> {
    return this.#realms
  }

  realm(uri: string): Realm | undefined {
    return this.#realms.get(uri)
  }

  /** @throws Error when there is a realm of that URI already */
  addRealm(definition: RealmDefinition): Realm {
    if (this.#realms.has(definition.uri))
      throw new Error(`realm ${definition.uri} is there already`)
    const realm = new Realm(definition, this.#context)
    this.#realms.set(realm.uri, realm)
    return realm
  }

  /** Number of connections, joined or not. */
  get connections(): number {
    return this.#connections.size
  }

  /**
   * Counts a connection that is not ready to be attached yet among those of its address that have not joined; what is
   * returned ends that. `giveWay` is called when it is to make room for another. `undefined`: there are too many, or
   * the router stops.
   */
  enter(address: string, giveWay: () => void): (() => void) | undefined {
    if (this.#closing !== undefined || this.#isFull(address)) return undefined
    const entrant = { openedAt: this.clock.now(), giveWay }
    this.#enter(address, entrant)
    return () => this.#leave(address, entrant)
  }

  /**
   * Takes a new connection.
   * `undefined`: refused, as there are too many or the router stops; the transport is closed already.
   */
  attach(transport: Transport): TransportSink | undefined {
    const { address } = transport.peer
    if (this.#closing !== undefined) {
      transport.close('shutdown')
      return undefined
    }
    if (this.#isFull(address)) {
      transport.close('overload')
      return undefined
    }
    const connection = new Connection(transport, this.#context)
    this.#connections.add(connection)
    this.#enter(address, connection)
    return connection
  }

  #rejoins(connection: Connection): boolean {
    const { address } = connection.transport.peer
    if (this.#closing !== undefined || !this.#findsRoom(address)) return false
    this.#enter(address, connection)
    return true
  }

  #enter(address: string, entrant: Entrant): void {
    const joining = this.#joining.get(address)
    if (joining === undefined) this.#joining.set(address, new Set([entrant]))
    else joining.add(entrant)
  }

  #leave(address: string, entrant: Entrant): void {
    const joining = this.#joining.get(address)
    joining?.delete(entrant)
    if (joining?.size === 0) this.#joining.delete(address)
  }

  #isFull(address: string): boolean {
    return this.#connections.size >= this.limits.connections || !this.#findsRoom(address)
  }

  /** For one more of the address to join; another may have to give way. */
  #findsRoom(address: string): boolean {
    const joining = this.#joining.get(address)
    if (joining === undefined || joining.size < this.limits.joiningPerAddress) return true
    return this.#makeRoom(address, joining)
  }

  /**
   * Ends the connection of that address which has waited longest without joining, if it had time enough: else one
   * that opens connections and says nothing would keep out all others behind the same address.
   */
  #makeRoom(address: string, joining: ReadonlySet<Entrant>): boolean {
    const [longest] = joining
    if (longest === undefined || this.clock.now() - longest.openedAt < givesWayAfterMs) return false
    this.#leave(address, longest)
    longest.giveWay()
    return true
  }

  #closed(connection: Connection): void {
    this.#connections.delete(connection)
    if (this.#connections.size === 0) this.#endClosing?.()
  }

  /**
   * Ends all sessions, each as its realm says, and takes no new ones. Resolves when all transports are gone:
   * each is closed at the latest `limits.goodbyeMs` after its GOODBYE.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#endClosing = resolve
      this.resumption.close()
      if (this.#connections.size === 0) resolve()
      // A Set may lose members while it is walked.
      else for (const connection of this.#connections) connection.shutDown()
    })
    for (const realm of this.#realms.values()) await realm.close()
  }
}
