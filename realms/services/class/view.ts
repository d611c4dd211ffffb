import type { DeviceClassRow } from '../../../ecosystems/store/store.ts'
import type { Dict } from '../../../router/wire/message.ts'
import { viewOf } from '../conditions.ts'

/** A class of devices as it goes over the wire. */
export function classView(row: DeviceClassRow): Dict {
  return {
    id: row.id,
    prefix: row.prefix,
    capabilities: row.capabilities.map(({ verb, action, level, conditions = {} }) => ({
      verb,
      action,
      level,
      ...viewOf(conditions),
    })),
  }
}
