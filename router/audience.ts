import type { Peer } from './peer.ts'
import type { Dict } from './wire/message.ts'

/** Whether a subscriber may get one publication, as its publisher wants it. */
export type Audience = (subscriber: Peer) => boolean

const lists = [
  { eligible: 'eligible', exclude: 'exclude', read: (peer: Peer): unknown => peer.id },
  {
    eligible: 'eligible_authid',
    exclude: 'exclude_authid',
    read: (peer: Peer): unknown => peer.principal.authid,
  },
  {
    eligible: 'eligible_authrole',
    exclude: 'exclude_authrole',
    read: (peer: Peer): unknown => peer.principal.authrole,
  },
] as const

/** Asked for each publication with options, so by names that the engine knows before. */
function hasLists(options: Dict): boolean {
  return (
    options['eligible'] !== undefined ||
    options['exclude'] !== undefined ||
    options['eligible_authid'] !== undefined ||
    options['exclude_authid'] !== undefined ||
    options['eligible_authrole'] !== undefined ||
    options['exclude_authrole'] !== undefined
  )
}

/**
 * The publisher's `eligible` and `exclude` lists, all of them ANDed (rfc/text/advanced/
 * pubsub_subscriber_blackwhite_listing.md). A list that is there but empty admits nobody: to read `eligible: []` as
 * "no list" would send to everyone what was meant for no one. `undefined`: no list was given.
 */
export function audienceOf(options: Dict): Audience | undefined {
  if (!hasLists(options)) return undefined
  const tests: Audience[] = []
  for (const { eligible, exclude, read } of lists) {
    const eligibles = options[eligible]
    if (Array.isArray(eligibles)) {
      const admitted = new Set<unknown>(eligibles)
      tests.push((peer) => admitted.has(read(peer)))
    }
    const excluded = options[exclude]
    if (Array.isArray(excluded)) {
      const refused = new Set<unknown>(excluded)
      tests.push((peer) => !refused.has(read(peer)))
    }
  }
  return tests.length === 0 ? undefined : (peer) => tests.every((test) => test(peer))
}

/** The lists alone, of the options that have some. */
export function listsOf(options: Dict): Dict {
  const found: Record<string, unknown> = {}
  for (const { eligible, exclude } of lists) {
    for (const key of [eligible, exclude]) {
      if (Array.isArray(options[key])) found[key] = options[key]
    }
  }
  return found
}
