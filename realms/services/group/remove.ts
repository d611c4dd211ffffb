import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id, subject } from '../inputs.ts'
import { subjectOf } from '../scope.ts'
import { levelOneInGroup, requireGroup } from './scope.ts'
import { groupView } from './view.ts'

export const groupRemove: Procedure = procedure({
  uri: procedureUris.groupRemove,
  summary:
    'Take a person or a device out of a group: the very next call by what the group has is refused.',
  input: z.strictObject({
    id: id.describe('id of the group'),
    member: subject.describe('a person\'s id, or "device:" and a device\'s id'),
  }),
  right: levelOneInGroup(),
  changes: true,
  cli: { positional: ['id', 'member'] },
  target: (input) => input.id,
  async handle(input, context) {
    const { groups } = context.ecosystems
    const row = requireGroup(context, input.id)
    await groups.remove(row.id, subjectOf(input.member))
    return groupView(row, groups.membersOf(row.id))
  },
})
