import type { Clock } from '../clock.ts'
import type { Ecosystems } from '../ecosystems/ecosystems.ts'
import type { DeviceRow } from '../ecosystems/store/store.ts'
import type { Peer } from '../router/peer.ts'
import { holderOf, levelIn } from './services/scope.ts'

/** Whether the party may do everything in one of the device's ecosystems. */
export function ownsOneOf(
  peer: Peer,
  row: DeviceRow,
  ecosystems: Ecosystems,
  clock: Clock,
): boolean {
  if (peer.principal.kind === 'operator') return true
  const asking = { caller: peer, ecosystems, clock }
  return row.ecosystems.some((ecosystem) => levelIn(asking, ecosystem) <= 1)
}

/**
 * Whether the party has to do with a device: it could use it until now, or it is a device that shares an ecosystem with
 * it, and may be used by it. Asked of grants alone, as nobody may use what is cut off.
 */
export function dealsWith(
  peer: Peer,
  row: DeviceRow,
  { devices, holdings }: Ecosystems,
  now: number,
): boolean {
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
