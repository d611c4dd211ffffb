import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { subject, uri } from '../inputs.ts'
import { levelOneInAny } from '../rights.ts'
import { deviceHere, notFound, subjectOf } from '../scope.ts'

const schema = z.strictObject({
  as: subject.describe('who is asked about: a person\'s id, or "device:" and a device\'s id'),
  action: z
    .enum(['call', 'register', 'subscribe', 'publish'])
    .describe('what is to be done with the URI'),
  uri: uri.describe('procedure or topic'),
})

/** Leaves no trace and changes nothing: it is a question about a question. */
export const authzCheck: Procedure = procedure({
  uri: procedureUris.authzCheck,
  summary: 'Tell whether a person or device may do something, and which check says so.',
  input: schema,
  right: levelOneInAny<z.output<typeof schema>>(
    (input, { ecosystems, realm }) =>
      ecosystems.devices.owning(realm.uri, input.uri)?.ecosystems ?? [],
  ),
  changes: false,
  cli: { positional: ['uri'], verdict: 'allow' },
  target: (input) => input.uri,
  async handle(input, context) {
    const asked = subjectOf(input.as)
    if (asked.kind === 'device' && deviceHere(context, asked.id) === undefined)
      throw notFound('device', asked.id)
    if (asked.kind === 'person' && context.ecosystems.people.get(asked.id) === undefined)
      throw notFound('person', asked.id)
    return { ...(await context.explain(asked, context.realm.uri, input.action, input.uri)) }
  },
})
