/** How somebody proved himself to an issuer, where the issuer says so (OpenID Connect Core §2). */
export interface AuthenticationClaims {
  readonly acr?: string
  readonly amr?: readonly string[]
  /** Seconds since the epoch, as in the token. */
  readonly auth_time?: number
  /** The person's session at the issuer (OpenID Connect Back-Channel Logout 1.0 §2.1). */
  readonly sid?: string
  /** What the token was asked for with. */
  readonly nonce?: string
}

/** Of a subject, a session, a claim. */
export const maxTextLength = 255

/** At most 255 ASCII characters in the standard; others do occur, but what cannot be written down is no name. */
export function isSubject(sub: unknown): sub is string {
  return (
    typeof sub === 'string' &&
    sub.trim() !== '' &&
    sub.length <= maxTextLength &&
    !/\p{Cc}/u.test(sub)
  )
}

/** Those of the claims that can be used. */
export function authenticationClaims(
  payload: Readonly<Record<string, unknown>>,
): AuthenticationClaims {
  const { acr, amr, auth_time: authTime, sid, nonce } = payload
  return {
    ...(typeof acr === 'string' && acr.length <= maxTextLength && { acr }),
    ...(isTexts(amr) && { amr }),
    ...(typeof authTime === 'number' && Number.isFinite(authTime) && { auth_time: authTime }),
    ...(isSubject(sid) && { sid }),
    ...(isSubject(nonce) && { nonce }),
  }
}

/** The address, if the issuer says that it has seen to it whose it is; anybody can claim any other. */
export function verifiedEmail(payload: Readonly<Record<string, unknown>>): string | undefined {
  const { email, email_verified: isVerified } = payload
  const isAddress = typeof email === 'string' && email.length <= maxTextLength
  return isAddress && isVerified === true && /^[^\s\p{Cc}@]+@[^\s\p{Cc}@]+$/u.test(email)
    ? email
    : undefined
}

function isTexts(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length <= 16 &&
    value.every((item) => typeof item === 'string' && item.length <= maxTextLength)
  )
}

/** A name is shown on terminals, where control characters act. */
export function textFor(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const text = value
    .replace(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, maxTextLength)
  return text === '' ? undefined : text
}

/** What a stranger wrote, fit for a line of the log. */
export function quoted(text: string): string {
  return JSON.stringify(text.slice(0, maxTextLength))
}
