import type { Ecosystems } from '../ecosystems/ecosystems.ts'
import type { DeviceRow } from '../ecosystems/store/store.ts'
import type { Peer } from '../router/peer.ts'
import { holderOf } from './services/scope.ts'

type House = Pick<Ecosystems, 'devices' | 'grants' | 'holdings'>

/** Whether the party may do everything in one of the device's ecosystems. */
export function ownsOneOf(peer: Peer, row: DeviceRow, { grants }: House, _now: number): boolean {
  if (peer.principal.kind === 'operator') return true
  const holder = holderOf(peer.principal)
  return (
    holder !== undefined &&
    row.ecosystems.some((ecosystem) => grants.levelOf(holder, ecosystem) <= 1)
  )
}

/**
 * Whether the party has to do with a device: it could use it until now, or it is a device that shares an ecosystem with
 * it, and may be used by it. Asked of grants alone, as nobody may use what is cut off.
 */
export function dealsWith(peer: Peer, row: DeviceRow, house: House, now: number): boolean {
  const { devices, holdings } = house
  const { kind, authid } = peer.principal
  if (kind === 'device') {
    const other = devices.get(authid)
    return other?.ecosystems.some((each) => row.ecosystems.includes(each)) ?? false
  }
  const subject = holderOf(peer.principal)
  if (subject === undefined) return false
  return devices.capabilitiesOf(row).some(({ uri, action }) =>
    devices.requirements(row, action, uri).some(({ ecosystem, level }) => {
      const sought = { subject, ecosystem, device: row.id, uri, match: 'exact', action } as const
      const { active } = holdings.held(sought, now, () => undefined)
      if (active.some(({ grant }) => grant.effect === 'deny')) return false
      return active.some((held) => held.grant.effect === 'allow' || held.level <= level)
    }),
  )
}
