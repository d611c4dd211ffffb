import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { operator } from '../rights.ts'
import { authorizerView } from './view.ts'

export const authzList: Procedure = procedure({
  uri: procedureUris.authzList,
  summary: 'List which components of your own are asked about what, and whether they are here.',
  input: z.strictObject({}),
  right: operator,
  changes: false,
  cli: { columns: ['procedure', 'scope', 'mode', 'timeout', 'offered'] },
  handle: (_input, context) => ({
    authorizers: context.ecosystems.authorizerRules
      .of(context.realm.uri)
      .map((row) => authorizerView(row, context)),
  }),
})
