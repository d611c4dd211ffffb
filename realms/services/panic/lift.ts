import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { levelOne } from '../rights.ts'

const schema = z.strictObject({ id: id.describe('id of a grant, an invite or an authenticator') })

/** Lifting is giving. An authenticator is of no ecosystem, so that the operator alone gives it back. */
export const panicLift: Procedure = procedure({
  uri: procedureUris.panicLift,
  summary: 'Let count again what was set aside when an account was cut off.',
  input: schema,
  right: levelOne<z.output<typeof schema>>((input, { ecosystems }) => {
    const found = ecosystems.panics.find(input.id)
    return found !== undefined && 'ecosystem' in found && found.ecosystem !== null
      ? [found.ecosystem]
      : []
  }),
  changes: true,
  cli: { positional: ['id'] },
  target: (input) => input.id,
  async handle(input, { ecosystems }) {
    await ecosystems.panics.lift(input.id)
    return { id: input.id }
  },
})
