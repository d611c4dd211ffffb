import type { EndpointRight } from './endpoint-right.ts'
import type { Peer } from './peer.ts'
import type { Registration } from './registration.ts'
import type { Dict } from './wire/message.ts'

/** What keeps an endpoint from taking a call now. */
export type Unready = 'busy' | 'congested' | 'withdrawn'

/** What one callee offers under a registration, and how it wants to be called. */
export class Endpoint {
  readonly registration: Registration
  readonly callee: Peer
  /** By which it offers it. */
  readonly right: EndpointRight
  /** Grows with each endpoint of a registration. */
  readonly order: number
  /** It is to be told who calls (REGISTER.Options.disclose_caller). */
  readonly disclosesCaller: boolean
  /** It ends calls that take too long itself (REGISTER.Options.forward_timeout, and its feature call_timeout). */
  readonly forwardsTimeout: boolean
  readonly takesTrustlevel: boolean
  /** How many calls it takes at once; Infinity: any number. */
  readonly concurrency: number
  /** Calls that it has to answer, counted only where `concurrency` bounds them. */
  active = 0

  constructor(
    registration: Registration,
    callee: Peer,
    right: EndpointRight,
    order: number,
    options: Dict,
  ) {
    const { features } = callee
    this.right = right
    this.registration = registration
    this.callee = callee
    this.order = order
    this.disclosesCaller = options['disclose_caller'] === true
    this.forwardsTimeout =
      options['forward_timeout'] === true && features.has('callee.call_timeout')
    this.takesTrustlevel = features.has('callee.call_trustlevels')
    this.concurrency = (options['concurrency'] as number | undefined) ?? Infinity
  }

  /** Why it cannot take a call now; `undefined`: it can. */
  unready(now: number): Unready | undefined {
    if (this.callee.congested) return 'congested'
    return this.right.lack(now) ?? (this.active < this.concurrency ? undefined : 'busy')
  }
}
