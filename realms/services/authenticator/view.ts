import type { AuthenticatorRow } from '../../../ecosystems/store/store.ts'
import type { PersonalAuthenticator } from '../../uris.ts'

/** An authenticator as its person and the operator see it. */
export function authenticatorView({
  id,
  person,
  name,
  kind,
  acr,
  status,
  createdAt,
}: AuthenticatorRow): PersonalAuthenticator & Readonly<Record<string, unknown>> {
  return { id, person, name, kind, acr, status, created_at: createdAt }
}
