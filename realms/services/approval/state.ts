import { z } from 'zod'
import type { Asked } from '../../../ecosystems/approvals.ts'
import { WampError } from '../../../router/wire/errors.ts'
import type { Dict } from '../../../router/wire/message.ts'
import { procedure, type Procedure, type ProcedureContext } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { secret } from '../inputs.ts'
import { self } from '../rights.ts'
import { holderOf } from '../scope.ts'

export const approvalState: Procedure = procedure({
  uri: procedureUris.approvalState,
  summary: 'Ask what became of what one has asked an owner for.',
  input: z.strictObject({
    ticket: secret.describe('the ticket, as the call that was refused gave it'),
  }),
  right: self,
  changes: false,
  secrets: ['ticket'],
  cli: { positional: ['ticket'] },
  handle({ ticket }, context) {
    const { ecosystems, realm, caller } = context
    const holder = holderOf(caller.principal)
    const found =
      holder === undefined
        ? undefined
        : ecosystems.approvals.poll(ticket, {
            realm: realm.uri,
            requesterKind: holder.kind,
            requester: holder.id,
          })
    // Somebody else's looks like one that is over, and like none.
    if (found === undefined)
      throw new WampError(
        'wamp.error.not_authorized',
        `not authorized: ${procedureUris.approvalState}`,
      )
    return progressOf(found, context)
  },
})

function progressOf({ row, intervalMs }: Asked, { ecosystems }: ProcedureContext): Dict {
  const { state, expiresAt } = row
  switch (state) {
    case 'pending':
      return {
        state,
        error: 'request_submitted',
        interval: Math.ceil(intervalMs / 1_000),
        expires_at: expiresAt,
      }
    case 'denied':
      return { state, error: 'request_denied', expires_at: expiresAt }
    case 'approved': {
      const grant = row.grant === null ? undefined : ecosystems.grants.get(row.grant)
      return { state, expires_at: grant?.expiresAt ?? expiresAt }
    }
  }
}
