import type { Audience } from './audience.ts'
import type { Peer } from './peer.ts'
import { emptyDict, type Dict } from './wire/message.ts'
import type { Payload } from './wire/payload.ts'

/** What the router itself says of an event, in EVENT.Details. Never taken from the publisher's word. */
export interface Marks {
  /** What all subscribers see. */
  readonly open: Dict
  /** Who published, for subscribers that announced publisher_identification. */
  readonly publisher: Dict | undefined
  /** For subscribers that announced publication_trustlevels. */
  readonly trustlevel: number | undefined
}

/** Nothing is to be said. */
export const unmarked: Marks = { open: emptyDict, publisher: undefined, trustlevel: undefined }

/** One publication, on its way to those who listen or kept for those who come later. */
export interface Publication {
  readonly id: number
  readonly topic: string
  readonly payload: Payload
  readonly marks: Marks
  /** The publisher, where it does not get its own event. */
  readonly excepted: Peer | undefined
  /** Whom the publisher wants to reach; `undefined`: everybody. */
  readonly audience: Audience | undefined
}
