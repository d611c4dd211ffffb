import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { operator } from '../rights.ts'
import { idpView } from './view.ts'

export const idpList: Procedure = procedure({
  uri: procedureUris.idpList,
  summary: 'List the OpenID providers that are trusted.',
  input: z.strictObject({}),
  right: operator,
  changes: false,
  cli: { columns: ['issuer', 'client_id', 'status', 'everywhere', 'reachable'] },
  handle: (_input, { ecosystems, isUnreachable }) => ({
    idps: ecosystems.idps
      .list()
      .map((row) => ({ ...idpView(row), reachable: !isUnreachable(row.issuer) })),
  }),
})
