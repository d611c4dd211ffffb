import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { self } from '../rights.ts'
import { ownsEcosystem } from '../scope.ts'
import { devicesOnline } from './online.ts'
import { deviceView } from './view.ts'

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
    const online = devicesOnline(realm)
    return {
      devices: ecosystems.devices
        .list(realm.uri)
        .filter(
          (row) =>
            (input.ecosystem === undefined || row.ecosystems.includes(input.ecosystem)) &&
            (input.class === undefined || row.class === input.class) &&
            (caller.principal.kind === 'operator' ||
              row.ecosystems.some((ecosystem) => ownsEcosystem(context, ecosystem))),
        )
        .map((row) => deviceView(row, online.has(row.id))),
    }
  },
})
