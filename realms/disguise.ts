import type { Effects } from '../authorizers/ecosystem.ts'
import type { Ecosystems } from '../ecosystems/ecosystems.ts'
import type { Pseudonyms } from '../ecosystems/pseudonyms.ts'

/** Whom devices see where an ecosystem keeps the names of people to itself: a name of its own for each. */
export function disguised(
  pseudonyms: Pseudonyms,
  { directory }: Pick<Ecosystems, 'directory'>,
): Required<Pick<Effects, 'disguise'>> {
  return {
    disguise({ asked: { principal } }, ecosystem) {
      if (principal.kind !== 'person' || directory.get(ecosystem)?.pseudonyms !== true)
        return undefined
      return { authid: pseudonyms.of(ecosystem, principal.authid), authrole: principal.authrole }
    },
  }
}
