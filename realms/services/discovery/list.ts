import { z } from 'zod'
import { namedPattern } from '../../../ecosystems/pattern.ts'
import type { DeviceRow } from '../../../ecosystems/store/store.ts'
import { procedure, type Procedure, type ProcedureContext } from '../../procedure.ts'
import { procedureUris, type Capability, type DiscoveredDevice } from '../../uris.ts'
import { devicesOnline } from '../device/online.ts'
import { id } from '../inputs.ts'
import { self } from '../rights.ts'
import { holderOf } from '../scope.ts'

/** So many decisions are made at a stretch; then others have their turn. */
const stretch = 256

/**
 * What is shown is decided by the same authorizer that decides the calls: nobody is shown what would be refused,
 * and what is refused leaves no trace that it exists.
 */
export const discoveryList: Procedure = procedure({
  uri: procedureUris.discoveryList,
  summary: 'List the devices that one may use, and of each what one may do with it.',
  input: z.strictObject({
    ecosystem: id.optional().describe('only devices of this ecosystem'),
    class: id.optional().describe('only devices of this class'),
  }),
  right: self,
  changes: false,
  cli: { columns: ['device', 'class', 'online', 'ecosystems', 'capabilities'] },
  async handle(input, context) {
    const { ecosystems, realm } = context
    const online = devicesOnline(realm)
    const devices: DiscoveredDevice[] = []
    let decided = 0
    for (const row of ecosystems.devices.list(realm.uri)) {
      const shared = sharedEcosystems(row, context)
      if (input.ecosystem !== undefined && !shared.includes(input.ecosystem)) continue
      if (input.class !== undefined && row.class !== input.class) continue
      const offered = capabilitiesOf(row, context)
      const usable: Capability[] = []
      for (const capability of offered) {
        const { uri, action } = capability
        const decision = realm.decide(context.caller, action, uri, namedPattern(uri).match)
        if ((decision instanceof Promise ? await decision : decision).allow) usable.push(capability)
        if (++decided % stretch === 0) await new Promise(setImmediate)
      }
      if (usable.length === 0) continue
      devices.push({
        device: row.id,
        class: row.class,
        prefix: row.prefix,
        attributes: row.attributes,
        online: online.has(row.id),
        ecosystems: shared,
        capabilities: usable,
      })
    }
    return { devices }
  },
})

/** Where else a device is, is nobody's business who has no grant there: neither to be read nor to be tried out. */
function sharedEcosystems(
  row: DeviceRow,
  { ecosystems, caller, clock }: ProcedureContext,
): readonly string[] {
  const holder = holderOf(caller.principal)
  return holder === undefined
    ? row.ecosystems
    : row.ecosystems.filter((each) => ecosystems.holdings.holdsIn(holder, each, clock.now()))
}

/** What the device says it can do, as far as anybody has a level for it; all of its class until it has said so. */
function capabilitiesOf(row: DeviceRow, { ecosystems }: ProcedureContext): Capability[] {
  const known = ecosystems.devices.capabilitiesOf(row)
  const announced = known.filter((capability) => capability.announced)
  return (announced.length > 0 ? announced : known).map(({ uri, action }) => ({ uri, action }))
}
