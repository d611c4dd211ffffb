import { isForAll, type Subject } from '../../ecosystems/grant-terms.ts'
import type { Grants } from '../../ecosystems/grants.ts'
import type { GrantRow } from '../../ecosystems/store/store.ts'

/** The best grant that a subject has for all of an ecosystem, as it is written: whether it counts now is not asked. */
export function grantOf(grants: Grants, subject: Subject, ecosystem: string): GrantRow | undefined {
  const ofAll = grants.heldBy(subject, ecosystem).filter(isForAll)
  return ofAll.sort((one, other) => one.level - other.level)[0]
}

/** The level that it gives; `Infinity` for none. */
export function levelOf(grants: Grants, subject: Subject, ecosystem: string): number {
  return grantOf(grants, subject, ecosystem)?.level ?? Infinity
}
