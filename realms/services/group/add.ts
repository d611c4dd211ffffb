import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id, subject } from '../inputs.ts'
import { actorOf, deviceHere, notFound, subjectOf } from '../scope.ts'
import { levelOneToLetIn, requireGroup } from './scope.ts'
import { groupView } from './view.ts'

export const groupAdd: Procedure = procedure({
  uri: procedureUris.groupAdd,
  summary:
    'Let a person or a device into a group: what the group has, it has from the next call on.',
  input: z.strictObject({
    id: id.describe('id of the group'),
    member: subject.describe('a person\'s id, or "device:" and a device\'s id'),
  }),
  right: levelOneToLetIn(),
  changes: true,
  cli: { positional: ['id', 'member'] },
  target: (input) => input.id,
  async handle(input, context) {
    const { groups, people } = context.ecosystems
    const row = requireGroup(context, input.id)
    const member = subjectOf(input.member)
    const isKnown =
      member.kind === 'device'
        ? deviceHere(context, member.id) !== undefined
        : people.get(member.id) !== undefined
    if (!isKnown) throw notFound(member.kind, member.id)
    await groups.add(row.id, member, actorOf(context.caller.principal))
    return groupView(row, groups.membersOf(row.id))
  },
})
