import { ProofError } from '../proofs/proof-error.ts'
import type { AssertionVerifier } from './assertion.ts'
import { CallError } from './errors.ts'
import type { Procedure } from './payload.ts'
import type { TrustBundle } from './trust.ts'

/** A procedure that runs only on the house's signed word; it gets the verified claims. */
export function onlyAsserted(
  procedure: Procedure,
  guard: {
    readonly uri: string
    readonly verifier: AssertionVerifier
    readonly trust: () => TrustBundle | undefined
    readonly refused: ((error: ProofError, uri: string) => void) | undefined
  },
): Procedure {
  const { uri, verifier, trust, refused } = guard
  return async (invocation) => {
    try {
      invocation = { ...invocation, assertion: await verifier.verify(trust(), uri, invocation) }
    } catch (error) {
      if (!(error instanceof ProofError)) throw error
      refused?.(error, uri)
      throw new CallError('wamp.error.not_authorized')
    }
    return procedure(invocation)
  }
}
