import { z } from 'zod'
import { procedure, type Procedure, type ProcedureContext, type Right } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { levelOne } from '../rights.ts'
import { localView } from './view.ts'

const schema = z.strictObject({ id: id.describe('id of the local identity') })
type Input = z.output<typeof schema>

const ofEcosystem = levelOne<Input>((input, { ecosystems }) => {
  const row = ecosystems.locals.get(input.id)
  return row === undefined ? [] : [row.ecosystem]
})

/** Whose key is lost does not wait for the owner. */
const right: Right<Input> = {
  name: 'level 1, or whose it is',
  admits: (caller) => ofEcosystem.admits(caller),
  permits(input: Input, context: ProcedureContext) {
    const { kind, authid } = context.caller.principal
    const row = context.ecosystems.locals.get(input.id)
    return (kind === 'person' && row?.person === authid) || ofEcosystem.permits(input, context)
  },
}

export const localRevoke: Procedure = procedure({
  uri: procedureUris.localRevoke,
  summary:
    'Take a local identity back: nobody comes by it any more, and its sessions end, at once.',
  input: schema,
  right,
  changes: true,
  cli: { positional: ['id'] },
  target: (input) => input.id,
  async handle(input, { ecosystems }) {
    return localView(await ecosystems.locals.revoke(input.id))
  },
})
