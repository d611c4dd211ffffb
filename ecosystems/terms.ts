import { reaches } from './assurance-map.ts'
import type { Conditions } from './store/store.ts'

/** What a capability asks for: a level, and more. */
export interface Terms {
  readonly level: number
  readonly conditions: Conditions
}

/** Without any condition. */
export const unconditional: Conditions = {}

/** Whether nothing that `before` keeps out is let in by `next`. */
export function isAtLeastAsStrict(next: Terms, before: Terms): boolean {
  const [a, b] = [next.conditions, before.conditions]
  return (
    next.level <= before.level &&
    (b.acr === undefined || (a.acr !== undefined && reaches(a.acr, b.acr))) &&
    (b.maxAgeMs === undefined || (a.maxAgeMs !== undefined && a.maxAgeMs <= b.maxAgeMs)) &&
    (b.approval === undefined || a.approval !== undefined) &&
    (b.presence !== true || a.presence === true) &&
    (b.assert !== true || a.assert === true)
  )
}

/** What keeps out whatever either keeps out: while one replaces the other, nothing may be open that either shuts. */
export function strictest(one: Terms, other: Terms): Terms {
  const [a, b] = [one.conditions, other.conditions]
  const acrs = [a.acr, b.acr].filter((acr) => acr !== undefined)
  const ages = [a.maxAgeMs, b.maxAgeMs].filter((age) => age !== undefined)
  const acr = acrs.find((each) => acrs.every((least) => reaches(each, least)))
  return {
    level: Math.min(one.level, other.level),
    conditions: {
      ...(acr !== undefined && { acr }),
      ...(ages.length > 0 && { maxAgeMs: Math.min(...ages) }),
      ...((a.approval ?? b.approval) !== undefined && { approval: 'owner' }),
      ...((a.presence === true || b.presence === true) && { presence: true }),
      ...((a.assert === true || b.assert === true) && { assert: true }),
    },
  }
}
