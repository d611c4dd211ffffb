import type { Grantee, Subject } from './grant-terms.ts'
import type { GrantRow } from './store/store.ts'

/** Who holds these grants now, by key, each once. */
export function holdersOf(
  rows: readonly GrantRow[],
  partiesOf: (grantee: Grantee) => readonly Subject[],
): Map<string, Subject> {
  const parties = rows.flatMap(({ subjectKind: kind, subject }) => partiesOf({ kind, id: subject }))
  return new Map(parties.map((party) => [subjectKey(party), party]))
}

export function subjectKey({ kind, id }: Subject): string {
  return `${kind} ${id}`
}
