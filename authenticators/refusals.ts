import { WampError } from '../router/wire/errors.ts'

/** Where authenticators write why somebody was refused. Never gets a secret or a token. */
export type AuthenticationLog = (
  level: 'info' | 'warn' | 'error',
  message: string,
  details: Readonly<Record<string, unknown>>,
) => void

/**
 * The one answer to whoever proves nothing: unknown, wrong, expired, used up or disabled. What is different
 * could be told apart, and accounts be found out by it.
 */
export function denied(cause?: unknown): WampError {
  return new WampError('wamp.error.authentication_denied', 'the proof does not hold', { cause })
}

/** The proof could be neither accepted nor refused: trying again later may help. */
export function notChecked(cause?: unknown): WampError {
  return new WampError(
    'wamp.error.authentication_failed',
    'the proof cannot be checked at present',
    { cause },
  )
}
