import { z } from 'zod'
import type { Ecosystems } from '../../../ecosystems/ecosystems.ts'
import type { Grantee } from '../../../ecosystems/grant-terms.ts'
import { identityKey, identityOf } from '../../../ecosystems/identities.ts'
import type { ProcedureContext } from '../../procedure.ts'
import { deviceHere, ecosystemHere, notFound } from '../scope.ts'

const allowed = 'a person\'s id, "device:ID", "group:ID" or "identity:ISSUER#SUBJECT"'

/** To whom something is granted. */
export const grantee: z.ZodString = z
  .string({ error: allowed })
  .regex(/^((device:|group:)?[a-z0-9_]{1,64}|identity:https?:\/\/[^\s#]{1,2048}#[^\s]{1,255})$/, {
    error: allowed,
  })

/** Reads a `grantee`. */
export function granteeOf(reference: string): Grantee {
  const [, kind = 'person', id = ''] = /^(?:(device|group|identity):)?(.*)$/s.exec(reference) ?? []
  if (kind === 'device' || kind === 'group') return { kind, id }
  if (kind !== 'identity') return { kind: 'person', id }
  const [issuer = '', ...subject] = id.split('#')
  return { kind, id: identityKey(issuer, subject.join('#')) }
}

/** How `granteeOf` reads it back. */
export function granteeReference({ kind, id }: Grantee): string {
  if (kind !== 'identity') return kind === 'person' ? id : `${kind}:${id}`
  const { issuer, subject } = identityOf(id)
  return `identity:${issuer}#${subject}`
}

/** @throws WampError not_found */
export function requireGrantee(context: ProcedureContext, { kind, id }: Grantee): void {
  const { ecosystems } = context
  const isHere = {
    person: () => ecosystems.people.get(id) !== undefined,
    device: () => deviceHere(context, id) !== undefined,
    group: () => isGroupHere(context, ecosystems, id),
    // Nobody may have come by it yet.
    identity: () => true,
  }
  if (!isHere[kind]()) throw notFound(kind, id)
}

function isGroupHere(context: ProcedureContext, { groups }: Ecosystems, id: string): boolean {
  const group = groups.get(id)
  return group !== undefined && ecosystemHere(context, group.ecosystem) !== undefined
}
