import type { DeviceRow } from '../ecosystems/store/store.ts'
import type { Principal } from '../router/access.ts'

/** A device of the house, proven by a method. */
export function devicePrincipal(row: DeviceRow, authmethod: string): Principal {
  const { id, prefix, status } = row
  return {
    kind: 'device',
    authid: id,
    authrole: 'device',
    authmethod,
    authprovider: 'latchkey',
    // A device that crashed between its enrolment or claim and writing that down learns its place from this.
    authextra: status === 'new' ? { prefix, status } : { prefix },
  }
}
