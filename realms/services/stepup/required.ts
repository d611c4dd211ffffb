import { WampError } from '../../../router/wire/errors.ts'

/** The denial that whoever calls can cure by a stronger or a fresher proof (RFC 9470). */
export function stepUpRequired(need: {
  readonly uri: string
  /** Words for what is asked for, the weakest that will do first. */
  readonly acrValues: readonly string[]
  readonly maxAgeMs?: number
}): WampError {
  return new WampError(
    'wamp.error.authorization_required',
    'a stronger or a fresher proof of who calls is needed',
    {
      kwargs: {
        error: 'insufficient_user_authentication',
        uri: need.uri,
        acr_values: need.acrValues.join(' '),
        ...(need.maxAgeMs !== undefined && { max_age: Math.floor(need.maxAgeMs / 1_000) }),
      },
    },
  )
}
