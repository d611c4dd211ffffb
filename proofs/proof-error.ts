/**
 * Why a proof was not taken: a closed list, for programs and the record. None of it is told to whoever brought the
 * proof: that it was refused is all an attacker may learn.
 */
export type ProofProblem =
  /** No compact JWS of the expected size and header, or claims that are not exactly those expected. */
  | 'malformed'
  /** Another algorithm than EdDSA, `none` above all. */
  | 'algorithm'
  /** Signed for another purpose (`typ`). */
  | 'type'
  /** Not signed by the key that counts. */
  | 'signature'
  | 'expired'
  /** Issued in the future, or good for longer than such a proof may be. */
  | 'time'
  /** Meant for another device, lock or caller. */
  | 'audience'
  /** Made for another challenge, or for one that is used up or unknown. */
  | 'challenge'
  | 'uri'
  | 'arguments'
  | 'replayed'
  /** The memory of what was seen is full: what cannot be remembered cannot be told from a replay. */
  | 'full'
  /** There is nothing by which it could be checked. */
  | 'untrusted'
  | 'absent'

/** A proof that was not taken. */
export class ProofError extends Error {
  override readonly name = 'ProofError'
  readonly problem: ProofProblem

  constructor(problem: ProofProblem, message: string, options?: ErrorOptions) {
    super(message, options)
    this.problem = problem
  }
}
