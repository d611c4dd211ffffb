import { z } from 'zod'
import type { DeviceRow } from '../../../ecosystems/store/store.ts'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { self } from '../rights.ts'
import { deviceView, ownedEcosystems } from './view.ts'

export const deviceList: Procedure = procedure({
  uri: procedureUris.deviceList,
  summary:
    'List the devices of the ecosystems where one has level 1; the operator sees all of this realm.',
  input: z.strictObject({
    ecosystem: id.optional().describe('only devices of this ecosystem'),
    class: id.optional().describe('only devices of this class'),
  }),
  right: self,
  changes: false,
  cli: { columns: ['id', 'class', 'online', 'status', 'ecosystems', 'prefix'] },
  handle(input, context) {
    const { ecosystems, realm, caller } = context
    const isSeen = (row: DeviceRow): boolean => {
      const owned = ownedEcosystems(row, context)
      if (input.ecosystem !== undefined) return owned.includes(input.ecosystem)
      return owned.length > 0 || caller.principal.kind === 'operator'
    }
    return {
      devices: ecosystems.devices
        .list(realm.uri)
        .filter((row) => (input.class === undefined || row.class === input.class) && isSeen(row))
        .map((row) => deviceView(row, context)),
    }
  },
})
