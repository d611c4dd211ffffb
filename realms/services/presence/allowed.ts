import { WampError } from '../../../router/wire/errors.ts'
import type { AuthenticatorRow, DeviceRow } from '../../../ecosystems/store/store.ts'
import { stepUpLifetimeS } from '../../../proofs/claims.ts'
import type { Principal } from '../../../router/access.ts'
import type { ProcedureContext } from '../../procedure.ts'
import { digestOfValues } from '../stepup/arguments.ts'

/**
 * Whether the person at the lock that calls may have it do this, now, by the sign that was just verified. Decided by all
 * that decides a call of the person's own without arguments, by the best of the identities behind it, so that a
 * provider's cap and an integrator's rule hold here too; what is counted is counted.
 */
export async function isAllowedAt(
  row: AuthenticatorRow,
  context: ProcedureContext,
  asked: string | undefined,
): Promise<boolean> {
  const { ecosystems, caller, realm } = context
  const device = ecosystems.devices.get(caller.principal.authid)
  const uri = asked ?? (device && onlyOneOf(device, context))
  if (uri === undefined || ecosystems.devices.owning(realm.uri, uri)?.id !== device?.id)
    return false
  for (const { issuer, subject, status } of ecosystems.people.identitiesOf(row.person)) {
    const principal = principalOf(row.person, { issuer, subject })
    if (status === 'active' && (await isAllowed(row, context, principal, uri))) return true
  }
  return false
}

/** The call that asks for presence, where the device has one alone. */
function onlyOneOf(
  device: DeviceRow,
  { ecosystems: { devices } }: ProcedureContext,
): string | undefined {
  const uris = devices
    .capabilitiesOf(device)
    .filter(({ action }) => action === 'call')
    .map(({ uri }) => uri)
    .filter((uri) =>
      devices
        .requirements(device, 'call', uri)
        .some(({ conditions }) => conditions.presence === true),
    )
  return uris.length === 1 ? uris[0] : undefined
}

async function isAllowed(
  row: AuthenticatorRow,
  { ecosystems, realm, clock }: ProcedureContext,
  principal: Principal,
  uri: string,
): Promise<boolean> {
  const now = clock.now()
  const peer = realm.local(principal)
  try {
    // What the watch signed shows as much as when it confirms a call, for this one question.
    ecosystems.stepUps.add(
      {
        session: peer.id,
        uri,
        argsSha256: digestOfValues({}),
        acr: row.acr,
        provenAt: now,
        expiresAt: now + stepUpLifetimeS * 1_000,
        authenticator: row.id,
      },
      now,
    )
    const { allow, consume } = await realm.decide(peer, 'call', uri)
    if (allow) await consume?.()
    return allow
  } catch (error) {
    // The last use was taken by another meanwhile.
    if (error instanceof WampError && error.uri === 'wamp.error.not_authorized') return false
    throw error
  } finally {
    ecosystems.stepUps.forget(peer.id)
    peer.leave()
  }
}

function principalOf(
  person: string,
  identity: { readonly issuer: string; readonly subject: string },
): Principal {
  return {
    kind: 'person',
    authid: person,
    authrole: 'person',
    authmethod: 'presence',
    authprovider: identity.issuer,
    evidence: { identity },
  }
}
