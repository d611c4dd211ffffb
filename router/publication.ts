import type { Decision, Disguise } from './access.ts'
import { audienceOf, listsOf, type Audience } from './audience.ts'
import { passthruOf, usesPassthru } from './passthru.ts'
import type { Peer } from './peer.ts'
import { randomId } from './wire/id.ts'
import { emptyDict, type Dict, type Publish } from './wire/message.ts'
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
  /** The publisher's lists behind `audience`, by the names of their options. */
  readonly lists: Dict | undefined
}

/** A publication of somebody's, under a new id. `attested`: what the router itself says of it to all. */
export function publicationOf(
  publisher: Peer,
  { topic, options, payload }: Publish,
  decision: Decision,
  attested: Dict,
): Publication {
  const isPlain = options === emptyDict
  const audience = isPlain ? undefined : audienceOf(options)
  return {
    id: randomId(),
    topic,
    payload,
    marks: marksOf(publisher, options, decision, attested),
    excepted: !isPlain && options['exclude_me'] === false ? undefined : publisher,
    audience,
    lists: audience === undefined ? undefined : listsOf(options),
  }
}

/** What a list of names or ids takes for each of them beyond its text: it is kept as a list and as a set. */
const overheadBytesPerName = 48
/** What else an event takes. */
const overheadBytes = 256

/** What a publication takes besides its payload while it is kept, about: nothing of it is without a bound. */
export function keptBytes({ topic, marks, lists }: Publication): number {
  let bytes = overheadBytes + topic.length
  if (marks !== unmarked) bytes += JSON.stringify(marks).length
  if (lists === undefined) return bytes
  for (const list of Object.values(lists)) {
    bytes += JSON.stringify(list).length + (list as unknown[]).length * overheadBytesPerName
  }
  return bytes
}

/**
 * Who published is for subscribers that announced a use for it, if the publisher asked for that
 * (rfc/text/advanced/pubsub_publisher_identification.md), and for all where the realm discloses it by itself.
 */
function marksOf(
  publisher: Peer,
  options: Dict,
  { disclose, discloseAs, trustlevel }: Decision,
  attested: Dict,
): Marks {
  const forced = disclose === true
  const isBare = !forced && trustlevel === undefined && attested === emptyDict
  if (options === emptyDict && isBare) return unmarked
  const asked = options['disclose_me'] === true
  const passes = usesPassthru(options)
  if (isBare && !asked && !passes) return unmarked
  const passthru = passes ? passthruOf(options) : emptyDict
  const open = attested === emptyDict ? passthru : { ...passthru, ...attested }
  return {
    open: forced ? { ...identityOf(publisher, discloseAs), ...open } : open,
    publisher: asked && !forced ? identityOf(publisher, discloseAs) : undefined,
    trustlevel,
  }
}

/** Set by the router alone. */
function identityOf(publisher: Peer, disguise: Disguise | undefined): Dict {
  if (disguise !== undefined) {
    const { authid, authrole } = disguise
    return {
      publisher_authid: authid,
      ...(authrole !== undefined && { publisher_authrole: authrole }),
    }
  }
  const { authid, authrole } = publisher.principal
  return { publisher: publisher.id, publisher_authid: authid, publisher_authrole: authrole }
}
