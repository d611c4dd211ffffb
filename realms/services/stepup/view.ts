import type { StepUp } from '../../../ecosystems/step-ups.ts'
import type { SteppedUp } from '../../uris.ts'

export function stepUpView({
  uri,
  argsSha256,
  acr,
  authenticator,
  expiresAt,
}: StepUp): SteppedUp & Readonly<Record<string, unknown>> {
  return { uri, args_sha256: argsSha256, acr, authenticator, expires_at: expiresAt }
}
