import type { Candidate } from '../../../authorizers/candidate.ts'
import { decide } from '../../../authorizers/decide.ts'
import { DomainError } from '../../../ecosystems/errors.ts'
import { stepUpLifetimeS } from '../../../proofs/claims.ts'
import type { AuthenticatorRow } from '../../../ecosystems/store/store.ts'
import type { Principal } from '../../../router/access.ts'
import type { ProcedureContext } from '../../procedure.ts'

/** Arguments are none: a lock that opens by itself was not called. */
const noArguments = 'presence'

/**
 * Whether the person at the lock that calls may have it do this, now, by the sign that was just verified: decided as a
 * call of the person's own, by the best of the identities behind it, so that a provider's cap holds here too.
 */
export async function isAllowedAt(
  row: AuthenticatorRow,
  context: ProcedureContext,
  uri: string | undefined,
): Promise<boolean> {
  const { ecosystems, caller } = context
  const device = ecosystems.devices.get(caller.principal.authid)
  if (device === undefined) return false
  const uris =
    uri === undefined
      ? ecosystems.devices
          .capabilitiesOf(device)
          .filter(({ action }) => action === 'call')
          .map((capability) => capability.uri)
          .filter((each) =>
            ecosystems.devices
              .requirements(device, 'call', each)
              .some(({ conditions }) => conditions.presence === true),
          )
      : [uri]
  const principals = ecosystems.people
    .identitiesOf(row.person)
    .filter(({ status }) => status === 'active')
    .map(({ issuer, subject }) => principalOf(row.person, { issuer, subject }))
  const ways = uris.map((each) =>
    ecosystems.devices.owning(context.realm.uri, each)?.id === device.id
      ? wayFor(row, context, principals, each)
      : undefined,
  )
  if (ways.length === 0 || ways.includes(undefined)) return false
  const counted = ways.find((way) => way?.holding.counted === true)
  if (counted === undefined) return true
  // What is counted is counted for what was asked: nothing is used up by standing before a door.
  return uri !== undefined && takesUse(counted, context, uri)
}

/** Counts one use, before the lock opens by it. */
async function takesUse(
  { holding }: Candidate,
  { ecosystems }: ProcedureContext,
  uri: string,
): Promise<boolean> {
  try {
    await ecosystems.uses.take(holding.grant, uri)
    return true
  } catch (error) {
    if (error instanceof DomainError && error.code === 'invalid_state') return false
    throw error
  }
}

function wayFor(
  row: AuthenticatorRow,
  context: ProcedureContext,
  principals: readonly Principal[],
  uri: string,
): Candidate | undefined {
  for (const principal of principals) {
    const way = allowedBy(row, context, principal, uri)
    if (way !== undefined) return way
  }
  return undefined
}

function allowedBy(
  row: AuthenticatorRow,
  { ecosystems, realm, caller, clock }: ProcedureContext,
  principal: Principal,
  uri: string,
): Candidate | undefined {
  const now = clock.now()
  // What the watch signed shows as much as when it confirms a call, for this one question.
  const stepUp = {
    session: caller.id,
    uri,
    argsSha256: noArguments,
    acr: row.acr,
    provenAt: now,
    expiresAt: now + stepUpLifetimeS * 1_000,
    authenticator: row.id,
  }
  ecosystems.stepUps.add(stepUp, now)
  try {
    const { decision, question } = decide(
      { ecosystems, clock },
      {
        action: 'call',
        uri,
        match: 'exact',
        realm: realm.uri,
        principal,
        session: caller.id,
        argsSha256: () => noArguments,
      },
    )
    return decision.allow ? question?.chosen : undefined
  } finally {
    ecosystems.stepUps.spend(stepUp)
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
