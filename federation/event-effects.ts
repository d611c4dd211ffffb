/** What an event leads to. `none`: it is taken and changes nothing. */
export type EventEffect = 'disable' | 'enable' | 'end_sessions' | 'none'

const risc = 'https://schemas.openid.net/secevent/risc/event-type/'
const caep = 'https://schemas.openid.net/secevent/caep/event-type/'

/** Asks whether we hear; tells nothing. Both names are in use (SSF 1.0 §8.1.4, and the drafts before it). */
export const verificationEvents: ReadonlySet<string> = new Set([
  'https://schemas.openid.net/secevent/ssf/event-type/verification',
  `${risc}verification`,
])

/**
 * What is done about each event of the OpenID profiles RISC and CAEP that is about an account as a whole. Whatever else
 * an issuer says is taken and changes nothing.
 */
const effects: ReadonlyMap<string, EventEffect> = new Map([
  [`${risc}account-disabled`, 'disable'],
  [`${risc}account-purged`, 'disable'],
  [`${risc}account-enabled`, 'enable'],
  [`${risc}credential-compromise`, 'end_sessions'],
  [`${risc}sessions-revoked`, 'end_sessions'],
  [`${caep}session-revoked`, 'end_sessions'],
  [`${caep}credential-change`, 'end_sessions'],
  [`${caep}token-claims-change`, 'none'],
])

/** What an event of this type leads to. */
export function effectOf(type: string): EventEffect {
  return effects.get(type) ?? 'none'
}

/** The last part of an event's type, for people: `account-disabled`. */
export function eventName(type: string): string {
  return type.slice(type.lastIndexOf('/') + 1).slice(0, 64)
}
