import { z } from 'zod'
import type { Dict } from '../../../router/wire/message.ts'
import {
  procedure,
  type Explanation,
  type Procedure,
  type ProcedureContext,
} from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { subject, uri } from '../inputs.ts'
import { levelOneInAny } from '../rights.ts'
import { deviceHere, notFound, ownsEcosystem, subjectOf } from '../scope.ts'

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
    const { uri: realm } = context.realm
    return forOwner(await context.explain(asked, realm, input.action, input.uri), context)
  },
})

/** An owner learns what a foreign ecosystem's grants do to the own device, but nothing of those grants. */
function forOwner(explanation: Explanation, context: ProcedureContext): Dict {
  const { allow, check, ecosystem, reason } = explanation
  if (ecosystem === undefined || ownsEcosystem(context, ecosystem)) return { ...explanation }
  return { allow, check, reason: allow ? 'a level in another ecosystem reaches it' : reason }
}
