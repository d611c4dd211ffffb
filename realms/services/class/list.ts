import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { self } from '../rights.ts'

export const classList: Procedure = procedure({
  uri: procedureUris.classList,
  summary: 'List the classes of devices, with the verbs and levels that each gives.',
  input: z.strictObject({}),
  right: self,
  changes: false,
  handle: (_input, { ecosystems }) => ({
    classes: ecosystems.classes.list().map((row) => ({
      id: row.id,
      prefix: row.prefix,
      capabilities: row.capabilities.map(({ verb, action, level }) => ({ verb, action, level })),
    })),
  }),
})
