import type { Effects } from '../authorizers/ecosystem.ts'
import type { Assertions } from '../ecosystems/proofs/assertion.ts'
import { partyName } from '../ecosystems/proofs/assertion.ts'
import { argumentsDigest } from '../ecosystems/proofs/digest.ts'
import type { Ecosystems } from '../ecosystems/ecosystems.ts'
import { ProofError } from '../proofs/proof-error.ts'

/** What decisions have to do with proofs: what a proof is bound to, and what a device is given to verify. */
export function proofEffects(
  assertions: Assertions,
  {
    assurances,
    directory,
    disguise,
  }: Pick<Ecosystems, 'assurances' | 'directory'> & Pick<Effects, 'disguise'>,
): Required<Pick<Effects, 'digest' | 'assert'>> {
  return {
    digest(payload) {
      try {
        return argumentsDigest(payload.values())
      } catch (error) {
        // No proof is bound to what is not the same everywhere: none will be found.
        if (error instanceof ProofError) return undefined
        throw error
      }
    },
    assert(question, candidate) {
      const { asked, evidence, owner } = question
      const { kind, authid } = asked.principal
      const { level, requirement, stepUp } = candidate
      const { ecosystem } = requirement
      const hidden = disguise?.(question, ecosystem)?.authid
      if (hidden === undefined && directory.get(ecosystem)?.pseudonyms === true)
        throw new Error(`${ecosystem} keeps names to itself, and there is none to be told instead`)
      const proven = stepUp?.acr ?? assurances.provenIn(evidence, ecosystem)?.acr
      const asserted = {
        device: owner?.id ?? '',
        subject: hidden ?? partyName(kind, authid),
        level,
        acr: proven ?? 'aal1',
      }
      return ({ uri, payload }) => ({ _authz: assertions.sign(asserted, uri, payload.values()) })
    },
  }
}
