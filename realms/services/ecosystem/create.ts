import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id, name } from '../inputs.ts'
import { levelOneAnywhere } from '../rights.ts'
import { actorOf, notFound } from '../scope.ts'
import { ownedView } from './view.ts'

/** Who owns nothing here yet makes nothing here: an account at a provider alone must not fill the house. */
export const ecosystemCreate: Procedure = procedure({
  uri: procedureUris.ecosystemCreate,
  summary:
    'Make an ecosystem, in this realm, that devices and people can be let into; a person who makes one owns it.',
  input: z.strictObject({
    id: id.describe('what the ecosystem is to be called in commands and grants'),
    name: name.optional().describe('what people call it; absent: the id'),
    owner: id
      .optional()
      .describe('person who gets level 1 in it; only the operator can name another than himself'),
    pseudonyms: z
      .boolean()
      .optional()
      .describe('whether devices learn a name of their own for each person'),
  }),
  // A device owns nothing, and what it made nobody would.
  right: {
    ...levelOneAnywhere,
    admits: ({ kind }) => kind === 'operator' || kind === 'person',
  },
  changes: true,
  cli: { positional: ['id'] },
  target: (input) => input.id,
  async handle(input, { ecosystems, realm, caller }) {
    const { kind, authid } = caller.principal
    const { name: title, id: key, pseudonyms } = input
    const owner = kind === 'person' ? authid : input.owner
    if (
      input.owner !== undefined &&
      (input.owner !== owner || ecosystems.people.get(owner) === undefined)
    )
      throw notFound('person', input.owner)
    return ownedView(
      await ecosystems.directory.create({
        id: key,
        realm: realm.uri,
        by: actorOf(caller.principal),
        ...(title !== undefined && { name: title }),
        ...(owner !== undefined && { owner }),
        ...(pseudonyms !== undefined && { pseudonyms }),
      }),
    )
  },
})
