import type { DeviceRow } from '../../../ecosystems/store/store.ts'
import type { Dict } from '../../../router/wire/message.ts'
import type { ProcedureContext } from '../../procedure.ts'
import { ownsEcosystem } from '../scope.ts'
import { isOnline } from './online.ts'

/** Where a device is, as far as that is the caller's business: who owns one of its ecosystems learns of no other. */
export function ownedEcosystems(row: DeviceRow, context: ProcedureContext): readonly string[] {
  return row.ecosystems.filter((ecosystem) => ownsEcosystem(context, ecosystem))
}

/** A device as one of its owners sees it. */
export function deviceView(row: DeviceRow, context: ProcedureContext): Dict {
  return {
    id: row.id,
    class: row.class,
    prefix: row.prefix,
    online: isOnline(context.realm, row),
    status: row.status,
    ecosystems: ownedEcosystems(row, context),
    attributes: row.attributes,
    announced: row.announced.map((each) => ({ ...each })),
    owner: row.owner,
    gateway: row.gateway,
    max_level: context.ecosystems.devices.capOf(row.id),
    public_key: row.publicKey,
    created_at: row.createdAt,
  }
}
