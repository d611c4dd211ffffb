/** A dictionary of keyword arguments or details. */
export type Dict = Readonly<Record<string, unknown>>

/**
 * A call, registration, subscription or publication that was answered with ERROR, by the router or by the party
 * that was called. A procedure that throws one answers its caller with it.
 */
export class CallError extends Error {
  override readonly name = 'CallError'
  /** The error's URI, for instance `wamp.error.not_authorized`. */
  readonly uri: string
  readonly args: readonly unknown[]
  readonly kwargs: Dict
  /** ERROR.Details. `decision_id` in it is by what an owner can look a denial up. */
  readonly details: Dict

  constructor(uri: string, args: readonly unknown[] = [], kwargs: Dict = {}, details: Dict = {}) {
    const [first] = args
    super(typeof first === 'string' && first !== '' ? `${uri}: ${first}` : uri)
    this.uri = uri
    this.args = args
    this.kwargs = kwargs
    this.details = details
  }
}

/**
 * The session ended, or there was none. A request that was under way may have taken effect or not; it is never
 * sent a second time.
 */
export class SessionLost extends Error {
  override readonly name = 'SessionLost'
  /** URI of GOODBYE or ABORT, or what is known of the connection's end. */
  readonly reason: string

  constructor(reason: string, options?: ErrorOptions) {
    super(`There is no session: ${reason}`, options)
    this.reason = reason
  }
}

/** The router would not let this client join. */
export class JoinRefused extends Error {
  override readonly name = 'JoinRefused'
  /** URI of ABORT, for instance `wamp.error.authentication_denied`. */
  readonly uri: string

  constructor(uri: string, message: string) {
    super(message === '' ? uri : `${uri}: ${message}`)
    this.uri = uri
  }
}
