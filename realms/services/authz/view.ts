import type { AuthorizerRow } from '../../../ecosystems/store/store.ts'
import type { Dict } from '../../../router/wire/message.ts'
import type { ProcedureContext } from '../../procedure.ts'

/** A rule by which a component is asked, as it goes over the wire. */
export function authorizerView(row: AuthorizerRow, { realm }: ProcedureContext): Dict {
  return {
    procedure: row.procedure,
    scope: row.scope,
    mode: row.mode,
    timeout: row.timeoutMs,
    // Where nobody is, all that it is asked about is refused.
    offered: realm.dealer.registrations.get('exact', row.procedure) !== undefined,
    created_by: row.createdBy,
    created_at: row.createdAt,
  }
}
