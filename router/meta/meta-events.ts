import type { Broker } from '../broker.ts'
import { LocalPeer } from '../local-peer.ts'
import type { Peer } from '../peer.ts'

/** The meta events of a realm (rfc/text/advanced/meta_api.md). None costs more than a look when nobody listens. */
export class MetaEvents {
  readonly #broker: Broker
  #silenced = false

  constructor(broker: Broker) {
    this.#broker = broker
  }

  /** `args` is asked for only when somebody listens. */
  announce(topic: string, args: () => readonly unknown[]): void {
    if (!this.#silenced && this.#broker.isHeard(topic)) this.#broker.announce(topic, args())
  }

  /** Whatever `action` does, nobody is told of. */
  silently(action: () => void): void {
    this.#silenced = true
    try {
      action()
    } finally {
      this.#silenced = false
    }
  }
}

/** Components of the router itself, and what they offer and listen to, are no business of the meta API. */
export function isShown(peer: Peer): boolean {
  return !(peer instanceof LocalPeer)
}

/** The ids of those whom the meta API shows. */
export function shownIds(peers: Iterable<Peer>): number[] {
  const ids: number[] = []
  for (const peer of peers) if (isShown(peer)) ids.push(peer.id)
  return ids
}
