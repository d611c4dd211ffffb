import { procedureUris } from '../realms/uris.ts'
import type { DeviceState } from './device-state.ts'
import { CallError, SessionLost } from './errors.ts'
import type { Session } from './session.ts'
import { TrustBundle } from './trust.ts'
import { ask } from './typed.ts'

/**
 * Asks the router for the house's trust bundle and keeps what may be kept: a first one, or a newer one of the same
 * house. Another house's changes nothing, so its word counts for nothing either; `onProblem` is told.
 * @throws SessionLost
 */
export async function keepTrust(
  session: Session,
  state: DeviceState,
  options: {
    readonly requireAssertion?: true | readonly string[]
    readonly houseFingerprint?: string
    readonly onProblem?: (error: unknown, what: string) => void
  },
): Promise<void> {
  const { requireAssertion = [], houseFingerprint: fingerprint, onProblem } = options
  const known = state.trust
  try {
    const signed = await ask(session, procedureUris.deviceTrust, {})
    const device = state.place?.id
    const next =
      known === undefined
        ? await TrustBundle.pin(signed.bundle, {
            fingerprint,
            ...(device !== undefined && { device }),
          })
        : await known.update(signed)
    await state.setTrust(next)
  } catch (error) {
    if (error instanceof SessionLost) throw error
    const hasNone = error instanceof CallError && error.uri === 'wamp.error.no_such_procedure'
    // A router that vouches for nothing is good enough for a device that asks for no vouching.
    if (!hasNone || requireAssertion === true || requireAssertion.length > 0)
      onProblem?.(error, procedureUris.deviceTrust)
  }
}
