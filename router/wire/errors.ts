/** Every error and close URI that the engine sends by itself. Authorizers and services may add their own. */
export type WampUri =
  | 'wamp.error.invalid_uri'
  | 'wamp.error.no_such_procedure'
  | 'wamp.error.procedure_already_exists'
  | 'wamp.error.no_such_registration'
  | 'wamp.error.no_such_subscription'
  | 'wamp.error.no_such_session'
  | 'wamp.error.invalid_argument'
  | 'wamp.error.canceled'
  | 'wamp.error.payload_size_exceeded'
  | 'wamp.error.protocol_violation'
  | 'wamp.error.not_authorized'
  | 'wamp.error.authorization_failed'
  | 'wamp.error.authorization_required'
  | 'wamp.error.no_such_realm'
  | 'wamp.error.no_such_role'
  | 'wamp.error.no_such_principal'
  | 'wamp.error.authentication_denied'
  | 'wamp.error.authentication_failed'
  | 'wamp.error.authentication_required'
  | 'wamp.error.no_matching_auth_method'
  | 'wamp.error.feature_not_supported'
  | 'wamp.error.option_disallowed.disclose_me'
  | 'wamp.error.network_failure'
  | 'wamp.error.no_available_callee'
  | 'wamp.error.timeout'
  | 'wamp.error.unavailable'
  | 'wamp.error.runtime_error'
  | 'wamp.close.system_shutdown'
  | 'wamp.close.close_realm'
  | 'wamp.close.goodbye_and_out'
  | 'wamp.close.killed'

/** A failure with the URI under which the peer is to hear of it. `message` is for people and may go over the wire. */
export class WampError extends Error {
  readonly uri: string
  /** ArgumentsKw of the ERROR that tells of it. */
  readonly kwargs: Readonly<Record<string, unknown>> | undefined
  /** More for ABORT.Details, besides the message. */
  readonly details: Readonly<Record<string, unknown>> | undefined

  constructor(
    uri: WampUri | (string & {}),
    message: string,
    options?: ErrorOptions & {
      readonly kwargs?: Readonly<Record<string, unknown>>
      readonly details?: Readonly<Record<string, unknown>>
    },
  ) {
    super(message, options)
    this.name = 'WampError'
    this.uri = uri
    this.kwargs = options?.kwargs
    this.details = options?.details
  }
}

/** The sender broke the protocol: its session is aborted (rfc/text/basic/building_blocks.md, Protocol Errors). */
export function violation(message: string): WampError {
  return new WampError('wamp.error.protocol_violation', message)
}
