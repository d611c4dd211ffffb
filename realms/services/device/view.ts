import type { DeviceRow } from '../../../ecosystems/store/store.ts'
import type { Dict } from '../../../router/wire/message.ts'

/** A device as its owner sees it. */
export function deviceView(row: DeviceRow, online: boolean): Dict {
  return {
    id: row.id,
    class: row.class,
    prefix: row.prefix,
    online,
    status: row.status,
    ecosystems: row.ecosystems,
    attributes: row.attributes,
    announced: row.announced.map(({ uri, action }) => ({ uri, action })),
    public_key: row.publicKey,
    created_at: row.createdAt,
  }
}
