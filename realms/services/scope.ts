import { evidenceOf } from '../../ecosystems/evidence.ts'
import type { Giver } from '../../ecosystems/gift.ts'
import { isForAll } from '../../ecosystems/grant-terms.ts'
import type {
  DeviceRow,
  EcosystemRow,
  GranteeKind,
  SubjectKind,
} from '../../ecosystems/store/store.ts'
import type { Principal } from '../../router/access.ts'
import { WampError } from '../../router/wire/errors.ts'
import type { ProcedureContext } from '../procedure.ts'
import { errorUris } from '../uris.ts'

/** Realms never see each other: what belongs to another realm is not there. */
export function ecosystemHere(
  context: ProcedureContext,
  id: string | null,
): EcosystemRow | undefined {
  if (id === null) return undefined
  const row = context.ecosystems.directory.get(id)
  return row?.realm === context.realm.uri ? row : undefined
}

/** A device of this realm. */
export function deviceHere(context: ProcedureContext, id: string): DeviceRow | undefined {
  const row = context.ecosystems.devices.get(id)
  return row?.realm === context.realm.uri ? row : undefined
}

/** Someone who can hold grants. */
export interface Subject {
  readonly kind: SubjectKind
  readonly id: string
}

/** Reads `device:<id>` or a person's id. */
export function subjectOf(reference: string): Subject {
  return reference.startsWith('device:')
    ? { kind: 'device', id: reference.slice('device:'.length) }
    : { kind: 'person', id: reference }
}

/** How `subjectOf` reads it back. */
export function subjectReference(kind: GranteeKind, id: string): string {
  return kind === 'person' ? id : `${kind}:${id}`
}

/** The principal as a holder of grants; `undefined` for whoever cannot hold any. */
export function holderOf(principal: Principal): Subject | undefined {
  const { kind, authid } = principal
  return kind === 'person' || kind === 'device' ? { kind, id: authid } : undefined
}

/**
 * The caller as somebody who gives in an ecosystem, with what his session's proof is good for there; `undefined` for
 * whoever cannot hold any grant, the operator among them.
 */
export function giverIn(
  { caller, ecosystems }: Pick<ProcedureContext, 'caller' | 'ecosystems'>,
  ecosystem: string,
): Giver | undefined {
  const { principal } = caller
  const subject = holderOf(principal)
  if (subject === undefined) return undefined
  const ofDevice = subject.kind === 'device' ? ecosystems.devices.capOf(subject.id) : 1
  const cap = ecosystems.assurances.capOf(evidenceOf(principal), ecosystem)
  return { subject, cap: Math.max(cap, ofDevice) }
}

/** Who asks, and what of. */
type Asking = Pick<ProcedureContext, 'caller' | 'ecosystems' | 'clock'>

/** The level that the caller has now for all of an ecosystem, after all caps; the operator has 1 everywhere. */
export function levelIn(context: Asking, ecosystem: string): number {
  if (context.caller.principal.kind === 'operator') return 1
  const giver = giverIn(context, ecosystem)
  if (giver === undefined) return Infinity
  const { holdings } = context.ecosystems
  return Math.max(holdings.levelIn(giver.subject, ecosystem, context.clock.now()), giver.cap)
}

/** Whether the principal may do everything in an ecosystem of this realm. The operator always may. */
export function ownsEcosystem(context: ProcedureContext, ecosystem: string | null): boolean {
  if (context.caller.principal.kind === 'operator') return true
  if (ecosystem === null || ecosystemHere(context, ecosystem) === undefined) return false
  return levelIn(context, ecosystem) <= 1
}

/** The same, be it in another realm of the router: for what is between two ecosystems. */
export function ownsAnywhere(context: Asking, ecosystem: string): boolean {
  if (context.caller.principal.kind === 'operator') return true
  if (context.ecosystems.directory.get(ecosystem) === undefined) return false
  return levelIn(context, ecosystem) <= 1
}

/**
 * The same, by a grant of the caller's own that hangs on nobody else's and has no end: what a chain cannot take back
 * is not left behind by those who have their level for a time, or by another owner's leave.
 */
export function ownsForGood(context: Asking, ecosystem: string): boolean {
  if (context.caller.principal.kind === 'operator') return true
  const subject = holderOf(context.caller.principal)
  if (subject === undefined || !ownsAnywhere(context, ecosystem)) return false
  const { holdings } = context.ecosystems
  return holdings
    .inForce(subject, ecosystem, context.clock.now())
    .some(({ grant, level, through }) => {
      if (level !== 1 || through.length > 0 || !isForAll(grant)) return false
      const { parent, subjectKind, expiresAt, schedule } = grant
      return parent === null && subjectKind !== 'group' && expiresAt === null && schedule === null
    })
}

/** Whether the caller has anything now in an ecosystem of this realm, which must trust his provider at all. */
export function holdsIn(context: ProcedureContext, ecosystem: string): boolean {
  const giver = giverIn(context, ecosystem)
  if (giver === undefined || ecosystemHere(context, ecosystem) === undefined) return false
  const { ecosystems, clock } = context
  const { subject, cap } = giver
  return Number.isFinite(cap) && ecosystems.holdings.holdsIn(subject, ecosystem, clock.now())
}

/** For the record: who did it. */
export function actorOf(principal: Principal): string {
  return `${principal.kind}:${principal.authid}`
}

/** Only for callers who have the right to the call: to others, what is missing looks like what is forbidden. */
export function notFound(noun: string, id: string | number): WampError {
  return new WampError(errorUris.notFound, `there is no ${noun} "${id}" here`)
}
