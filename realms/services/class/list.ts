import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { levelOneAnywhere } from '../rights.ts'
import { classView } from './view.ts'

export const classList: Procedure = procedure({
  uri: procedureUris.classList,
  summary: 'List the classes of devices, with the verbs and levels that each gives.',
  input: z.strictObject({}),
  right: levelOneAnywhere,
  changes: false,
  handle: (_input, { ecosystems }) => ({ classes: ecosystems.classes.list().map(classView) }),
})
