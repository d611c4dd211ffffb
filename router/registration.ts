import type { Match } from './access.ts'
import type { Endpoint } from './endpoint.ts'
import type { Invocation } from './invocation.ts'
import type { InvokePolicy } from './invoke-policies.ts'
import type { Peer } from './peer.ts'

/** How a registration came to be. */
export interface RegistrationOrigin {
  readonly id: number
  readonly procedure: string
  readonly match: Match
  readonly invoke: InvokePolicy
  readonly createdAt: number
}

/**
 * A procedure, or a pattern of them, that callees offer: one per match policy and URI, shared by its callees where
 * its invoke policy lets them (rfc/text/advanced/rpc_shared_registration.md).
 */
export class Registration {
  /** Router scope; goes out in REGISTERED and INVOCATION. */
  readonly id: number
  /** A URI, or what `match` makes a pattern of. */
  readonly procedure: string
  readonly match: Match
  readonly invoke: InvokePolicy
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  /** Who offers it, in order of registration. */
  readonly callees: Map<Peer, Endpoint> = new Map()
  #endpoints: readonly Endpoint[] | undefined
  #waiting: Set<Invocation> | undefined
  /** Where `roundrobin` goes on, in `endpoints`. */
  #cursor = 0
  /** Of the endpoint whose turn was last. */
  #lastOrder = 0

  constructor({ id, procedure, match, invoke, createdAt }: RegistrationOrigin) {
    this.id = id
    this.procedure = procedure
    this.match = match
    this.invoke = invoke
    this.createdAt = createdAt
  }

  /** The callees as a list. Made anew by the first call after one came or went, so that leaving does not cost it. */
  get endpoints(): readonly Endpoint[] {
    if (this.#endpoints === undefined) {
      this.#endpoints = [...this.callees.values()]
      const next = this.#endpoints.findIndex(({ order }) => order > this.#lastOrder)
      this.#cursor = Math.max(next, 0)
    }
    return this.#endpoints
  }

  add(endpoint: Endpoint): void {
    this.callees.set(endpoint.callee, endpoint)
    this.#endpoints = undefined
  }

  remove(callee: Peer): void {
    this.callees.delete(callee)
    this.#endpoints = undefined
  }

  /** The index in `endpoints` of the one whose turn it is. */
  get cursor(): number {
    return this.#cursor
  }

  /** It was this one's turn; the next of those after it is next. */
  turn(endpoint: Endpoint): void {
    const { endpoints } = this
    this.#lastOrder = endpoint.order
    for (let i = 0; i < endpoints.length; i++) {
      this.#cursor = (this.#cursor + 1) % endpoints.length
      if (endpoints[(this.#cursor + endpoints.length - 1) % endpoints.length] === endpoint) return
    }
  }

  /** Calls that wait until a callee takes one more, the first first. */
  get waiting(): Set<Invocation> {
    return (this.#waiting ??= new Set())
  }

  get waitingCount(): number {
    return this.#waiting?.size ?? 0
  }
}
