import type { OpenIdProvider } from './openid-provider.ts'

/** Types of events, of the profiles RISC and CAEP of OpenID and of SSF itself. */
export const eventTypes = {
  disabled: 'https://schemas.openid.net/secevent/risc/event-type/account-disabled',
  enabled: 'https://schemas.openid.net/secevent/risc/event-type/account-enabled',
  purged: 'https://schemas.openid.net/secevent/risc/event-type/account-purged',
  compromised: 'https://schemas.openid.net/secevent/risc/event-type/credential-compromise',
  sessionsRevoked: 'https://schemas.openid.net/secevent/risc/event-type/sessions-revoked',
  sessionRevoked: 'https://schemas.openid.net/secevent/caep/event-type/session-revoked',
  credentialChange: 'https://schemas.openid.net/secevent/caep/event-type/credential-change',
  claimsChange: 'https://schemas.openid.net/secevent/caep/event-type/token-claims-change',
  verification: 'https://schemas.openid.net/secevent/ssf/event-type/verification',
} as const

/** A Security Event Token (RFC 8417) that the provider signs: one event about one of its people. */
export function securityEvent(
  provider: OpenIdProvider,
  type: string,
  subject: string | Readonly<Record<string, unknown>>,
  more: {
    readonly event?: Readonly<Record<string, unknown>>
    readonly claims?: Readonly<Record<string, unknown>>
    readonly header?: Readonly<Record<string, unknown>>
  } = {},
): Promise<string> {
  const about =
    typeof subject === 'string'
      ? { format: 'iss_sub', iss: provider.issuer, sub: subject }
      : subject
  return provider.sign({
    header: { typ: 'secevent+jwt', ...more.header },
    claims: { sub_id: about, events: { [type]: { ...more.event } }, ...more.claims },
  })
}

/** Pushes a Security Event Token as RFC 8935 has it. `http`: of the house. */
export function push(http: string, token: string, type?: string): Promise<Response> {
  return fetch(`${http}/ssf/events`, {
    method: 'POST',
    headers: { 'content-type': type ?? 'application/secevent+jwt', accept: 'application/json' },
    body: token,
  })
}
