import { z } from 'zod'
import { procedure, type Procedure, type Right } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { grantView } from '../grant/view.ts'
import { id } from '../inputs.ts'
import { holderOf, notFound, ownsEcosystem } from '../scope.ts'
import { shareHere, sideOf } from './concerned.ts'

const schema = z.strictObject({ id: id.describe('id of the share') })

/** What was shared with a group, one of its members does not end for all the others. */
const eitherSide: Right<z.output<typeof schema>> = {
  name: 'level 1, or given or held by oneself',
  admits: ({ kind }) => kind === 'operator' || kind === 'person' || kind === 'device',
  permits(input, context) {
    const { principal } = context.caller
    if (principal.kind === 'operator') return true
    const row = shareHere(context, input.id)
    const holder = holderOf(principal)
    if (row === undefined || holder === undefined) return false
    const side = sideOf(row, context)
    if (side !== 'received') return side !== undefined
    return row.subjectKind !== 'group' || ownsEcosystem(context, row.ecosystem)
  },
}

export const shareRevoke: Procedure = procedure({
  uri: procedureUris.shareRevoke,
  summary:
    'End a share, whichever side one is on: the very next call and the next event are refused.',
  input: schema,
  right: eitherSide,
  changes: true,
  cli: { positional: ['id'] },
  target: (input) => input.id,
  async handle(input, context) {
    const row = shareHere(context, input.id)
    if (row === undefined) throw notFound('share', input.id)
    return grantView(await context.ecosystems.grants.revoke(row.id), context)
  },
})
