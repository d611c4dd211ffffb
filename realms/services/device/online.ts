import type { DeviceRow } from '../../../ecosystems/store/store.ts'
import type { Realm } from '../../../router/realm.ts'

/** Whether the device has a session in this realm now; a child is here when its gateway is. */
export function isOnline(realm: Realm, { id, gateway }: DeviceRow): boolean {
  return realm.sessionsOf('device', gateway ?? id).length > 0
}
