import { ERROR } from './message.ts'

/**
 * Whether what is in the head of a message of this type may be kept for the next ones. What is said before there is a
 * session can be a secret, as a ticket or a TOTP code in AUTHENTICATE, which is not to be kept.
 */
export function comesAgain(type: unknown): boolean {
  return typeof type === 'number' && type >= ERROR
}
