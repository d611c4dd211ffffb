import type { DeviceRow } from '../../../ecosystems/store/store.ts'
import type { Dict } from '../../../router/wire/message.ts'
import type { ProcedureContext } from '../../procedure.ts'
import { ownsEcosystem } from '../scope.ts'

/** Where a device is, as far as that is the caller's business: who owns one of its ecosystems learns of no other. */
export function ownedEcosystems(row: DeviceRow, context: ProcedureContext): readonly string[] {
  return row.ecosystems.filter((ecosystem) => ownsEcosystem(context, ecosystem))
}

/** A device as one of its owners sees it. */
export function deviceView(row: DeviceRow, online: boolean, context: ProcedureContext): Dict {
  return {
    id: row.id,
    class: row.class,
    prefix: row.prefix,
    online,
    status: row.status,
    ecosystems: ownedEcosystems(row, context),
    attributes: row.attributes,
    announced: row.announced.map(({ uri, action }) => ({ uri, action })),
    public_key: row.publicKey,
    created_at: row.createdAt,
  }
}
