import type { Peer } from './peer.ts'

/** A procedure offered by a callee. */
export interface Registration {
  readonly id: number
  readonly procedure: string
  readonly callee: Peer
}
