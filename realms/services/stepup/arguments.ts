import { argumentsDigest } from '../../../ecosystems/proofs/digest.ts'
import type { Arguments } from '../../../proofs/arguments.ts'
import { ProofError } from '../../../proofs/proof-error.ts'
import { WampError } from '../../../router/wire/errors.ts'

/** What a call is to be confirmed with, by its digest or by itself. */
export interface NamedArguments extends Arguments {
  readonly args_sha256?: string | undefined
}

/**
 * `args_sha256` of the call. Arguments that are there too are to be shown, and so must be those that are signed for.
 * @throws WampError invalid_argument
 */
export function digestOf(named: NamedArguments): string {
  const { args, kwargs, args_sha256: given } = named
  if (given !== undefined && args === undefined && kwargs === undefined) return given
  const digest = digestOfValues({ args, kwargs })
  if (given !== undefined && given !== digest)
    throw new WampError(
      'wamp.error.invalid_argument',
      'args_sha256: found another than that of args and kwargs, allowed is that one, or none',
    )
  return digest
}

/** @throws WampError invalid_argument for values that are not the same everywhere */
export function digestOfValues(values: Arguments): string {
  try {
    return argumentsDigest(values)
  } catch (error) {
    if (!(error instanceof ProofError)) throw error
    throw new WampError('wamp.error.invalid_argument', `args: ${error.message}`, { cause: error })
  }
}
