import type { Peer } from './peer.ts'
import type { Dict } from './wire/message.ts'

/** Whether a subscriber may get one publication, as its publisher wants it. */
export type Audience = (subscriber: Peer) => boolean

const lists: readonly [key: string, read: (peer: Peer) => unknown][] = [
  ['', (peer) => peer.id],
  ['_authid', (peer) => peer.principal.authid],
  ['_authrole', (peer) => peer.principal.authrole],
]

/**
 * The publisher's `eligible` and `exclude` lists, all of them ANDed (rfc/text/advanced/
 * pubsub_subscriber_blackwhite_listing.md). A list that is there but empty admits nobody: to read `eligible: []` as
 * "no list" would send to everyone what was meant for no one. `undefined`: no list was given.
 */
export function audienceOf(options: Dict): Audience | undefined {
  const tests: Audience[] = []
  for (const [suffix, read] of lists) {
    const eligible = options[`eligible${suffix}`]
    if (Array.isArray(eligible)) {
      const admitted = new Set<unknown>(eligible)
      tests.push((peer) => admitted.has(read(peer)))
    }
    const excluded = options[`exclude${suffix}`]
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
  for (const [suffix] of lists) {
    for (const key of [`eligible${suffix}`, `exclude${suffix}`]) {
      if (Array.isArray(options[key])) found[key] = options[key]
    }
  }
  return found
}
