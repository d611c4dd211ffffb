import { z } from 'zod'
import type { DeviceRow } from '../../../ecosystems/store/store.ts'
import { procedure, type Procedure, type ProcedureContext } from '../../procedure.ts'
import { procedureUris, type DiscoveredDevice } from '../../uris.ts'
import { isOnline } from '../device/online.ts'
import { attributes, id } from '../inputs.ts'
import { self } from '../rights.ts'
import { holderOf } from '../scope.ts'
import { usableBy } from '../usable.ts'

/** So many decisions are made at a stretch; then others have their turn. */
const stretch = 256

export const discoveryList: Procedure = procedure({
  uri: procedureUris.discoveryList,
  summary: 'List the devices that one may use, and of each what one may do with it.',
  input: z.strictObject({
    ecosystem: id.optional().describe('only devices of this ecosystem'),
    class: id.optional().describe('only devices of this class'),
    attr: attributes
      .optional()
      .describe('only devices that say all of this of themselves, for instance {"room":"kitchen"}'),
  }),
  right: self,
  changes: false,
  cli: { columns: ['device', 'class', 'online', 'ecosystems', 'capabilities'] },
  async handle(input, context) {
    const { ecosystems, realm, caller } = context
    const devices: DiscoveredDevice[] = []
    let decisions = 0
    const decided = (): Promise<void> | undefined =>
      ++decisions % stretch === 0 ? new Promise(setImmediate) : undefined
    for (const row of ecosystems.devices.list(realm.uri)) {
      const shared = sharedEcosystems(row, context)
      if (input.ecosystem !== undefined && !shared.includes(input.ecosystem)) continue
      if (input.class !== undefined && row.class !== input.class) continue
      if (input.attr !== undefined && !says(row, input.attr)) continue
      const usable = await usableBy(caller, row, context, decided)
      if (usable.length === 0) continue
      devices.push({
        device: row.id,
        class: row.class,
        prefix: row.prefix,
        attributes: row.attributes,
        online: isOnline(realm, row),
        ecosystems: shared,
        capabilities: usable,
      })
    }
    return { devices }
  },
})

/** Whether the device says all of this of itself. */
function says({ attributes: said }: DeviceRow, wanted: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(wanted).every(
    ([key, value]) =>
      Object.hasOwn(said, key) && JSON.stringify(said[key]) === JSON.stringify(value),
  )
}

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
