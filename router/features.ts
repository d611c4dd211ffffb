import { emptyDict, type Dict } from './wire/message.ts'

/** What the router's roles offer beyond the Basic Profile: announced in WELCOME, and true. */
export const routerRoles: Dict = {
  broker: {
    // Where the specification has it, and where clients look for it.
    reflection: true,
    features: {
      event_history: true,
      event_retention: true,
      pattern_based_subscription: true,
      payload_passthru_mode: true,
      publication_trustlevels: true,
      publisher_exclusion: true,
      publisher_identification: true,
      reflection: true,
      session_meta_api: true,
      sharded_subscription: true,
      subscriber_blackwhite_listing: true,
      subscription_meta_api: true,
      subscription_revocation: true,
    },
  },
  dealer: {
    reflection: true,
    features: {
      call_canceling: true,
      call_reroute: true,
      call_timeout: true,
      call_trustlevels: true,
      caller_identification: true,
      pattern_based_registration: true,
      payload_passthru_mode: true,
      progressive_call_invocations: true,
      progressive_call_results: true,
      reflection: true,
      registration_meta_api: true,
      registration_revocation: true,
      session_meta_api: true,
      sharded_registration: true,
      shared_registration: true,
      testament_meta_api: true,
    },
  },
}

/** The same for a client that takes no message as long as that. */
export const bareRoles: Dict = { broker: { features: emptyDict }, dealer: { features: emptyDict } }

/** Features that the specification spells in two ways. */
const spelling: ReadonlyMap<string, string> = new Map([['call_cancelling', 'call_canceling']])

const clientRoles: readonly string[] = ['publisher', 'subscriber', 'caller', 'callee']

/** So many different announcements are kept, none longer than this: whoever makes up others pays for them alone. */
const mostKept = 256
const longestKept = 4_096

const keptFeatures = new Map<string, ReadonlySet<string>>()

/**
 * The features that HELLO.Details.roles announces, as `role.feature`.
 * `undefined`: none of the four roles is there, which HELLO must not be without (rfc/text/basic/sessions.md).
 *
 * Sessions that announce the same share one set: that of a client in wide use is 2 KiB, and there are few kinds of them.
 */
export function announcedFeatures(roles: unknown): ReadonlySet<string> | undefined {
  const features = listFeatures(roles)
  if (features === undefined) return undefined
  // Not merely joined: a name may hold whatever would stand between two, and pass for them.
  const key = JSON.stringify(features)
  const kept = keptFeatures.get(key)
  if (kept !== undefined) return kept
  const set = new Set(features)
  if (keptFeatures.size < mostKept && key.length <= longestKept) keptFeatures.set(key, set)
  return set
}

function listFeatures(roles: unknown): readonly string[] | undefined {
  if (typeof roles !== 'object' || roles === null || Array.isArray(roles)) return undefined
  const features: string[] = []
  let known = false
  for (const role of clientRoles) {
    if (!Object.hasOwn(roles, role)) continue
    const details = (roles as Dict)[role]
    if (typeof details !== 'object' || details === null) return undefined
    known = true
    const announced = (details as Dict)['features'] ?? emptyDict
    if (typeof announced !== 'object' || announced === null) return undefined
    if (announced === emptyDict) continue
    for (const [feature, value] of Object.entries(announced)) {
      if (value === true) features.push(`${role}.${spelling.get(feature) ?? feature}`)
    }
  }
  return known ? features : undefined
}
