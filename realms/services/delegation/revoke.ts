import { z } from 'zod'
import { procedure, type Procedure, type Right } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { self } from '../rights.ts'
import { notFound } from '../scope.ts'
import { isConcerned } from '../delegation-concerned.ts'
import { delegationView } from './view.ts'

const schema = z.strictObject({ id: id.describe('id of the delegation') })

const concerned: Right<z.output<typeof schema>> = {
  name: 'oneself, or level 1 in one of the device’s ecosystems',
  admits: (caller) => self.admits(caller),
  permits(input, context) {
    const row = context.ecosystems.deviceActs.get(input.id)
    if (row === undefined) return context.caller.principal.kind === 'operator'
    return isConcerned(row, context)
  },
}

export const delegationRevoke: Procedure = procedure({
  uri: procedureUris.delegationRevoke,
  summary:
    'Have a device act for somebody no longer: the very next message in that name is refused.',
  input: schema,
  right: concerned,
  changes: true,
  cli: { positional: ['id'] },
  target: (input) => input.id,
  async handle(input, { ecosystems: { deviceActs } }) {
    if (deviceActs.get(input.id) === undefined) throw notFound('delegation', input.id)
    return delegationView(await deviceActs.revoke(input.id))
  },
})
