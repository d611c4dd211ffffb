import { evidenceOf } from '../../../ecosystems/evidence.ts'
import type { Assurance } from '../../../ecosystems/store/store.ts'
import type { ProcedureContext } from '../../procedure.ts'
import { freshMs, isFresh } from '../fresh.ts'
import { stepUpRequired } from '../stepup/required.ts'

/**
 * No ecosystem's own map of a provider's words: what is enrolled confirms in all of them, so what the provider's words
 * are worth is the operator's to say.
 */
const everywhere = ''

/**
 * What the calling session has proven, freshly: what is enrolled in it is worth that, and never more.
 * @throws WampError authorization_required when that was too long ago, or nobody knows when
 */
export function provenStrength(
  { ecosystems: { assurances }, caller, clock }: ProcedureContext,
  uri: string,
): Assurance {
  const evidence = evidenceOf(caller.principal)
  const proven = assurances.provenIn(evidence, everywhere)
  if (proven === undefined || !isFresh(proven.at, clock.now()))
    throw stepUpRequired({
      uri,
      acrValues: assurances.namesOf(evidence, everywhere, 'aal1'),
      maxAgeMs: freshMs,
    })
  return proven.acr
}
