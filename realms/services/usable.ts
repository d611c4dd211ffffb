import type { Ecosystems } from '../../ecosystems/ecosystems.ts'
import { namedPattern } from '../../ecosystems/pattern.ts'
import type { DeviceRow } from '../../ecosystems/store/store.ts'
import type { Decision } from '../../router/access.ts'
import type { Peer } from '../../router/peer.ts'
import type { Realm } from '../../router/realm.ts'
import type { Capability } from '../uris.ts'

/** Where it is asked, and by which house. */
export interface Place {
  readonly realm: Realm
  readonly ecosystems: Pick<Ecosystems, 'devices'>
}

/**
 * What a party may do with a device, decided by the same authorizer that decides the calls: nobody is shown what would
 * be refused, and what is refused leaves no trace that it exists. `decided` is told of each decision.
 */
export async function usableBy(
  peer: Peer,
  row: DeviceRow,
  place: Place,
  decided?: () => Promise<void> | undefined,
): Promise<Capability[]> {
  const usable: Capability[] = []
  for (const capability of offeredBy(row, place)) {
    if (await mayUse(peer, capability, place)) usable.push(capability)
    await decided?.()
  }
  return usable
}

/** Whether a party may do anything with the device: who may is told of it. */
export async function sees(peer: Peer, row: DeviceRow, place: Place): Promise<boolean> {
  for (const capability of offeredBy(row, place))
    if (await mayUse(peer, capability, place)) return true
  return false
}

function mayUse(
  peer: Peer,
  { action, uri }: Capability,
  { realm }: Place,
): boolean | Promise<boolean> {
  const decision = realm.decide(peer, action, uri, namedPattern(uri).match)
  return decision instanceof Promise ? decision.then(isOpen) : isOpen(decision)
}

/** What a proof would open, or the owner's word, is for whoever can bring it; nobody else is told of that. */
function isOpen({ allow, reason }: Decision): boolean {
  return allow || reason === 'wamp.error.authorization_required'
}

/** What the device says it can do, as far as anybody has a level for it; all of its class until it has said so. */
function offeredBy(row: DeviceRow, { ecosystems }: Place): Capability[] {
  if (row.status !== 'active') return []
  const known = ecosystems.devices.capabilitiesOf(row)
  const announced = known.filter((capability) => capability.announced)
  return (announced.length > 0 ? announced : known).map(({ uri, action }) => {
    const said = row.announced.find((each) => each.uri === uri && each.action === action)
    return {
      uri,
      action,
      ...(said?.args !== undefined && { args: said.args }),
      ...(said?.result !== undefined && { result: said.result }),
    }
  })
}
