import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { levelOne } from '../rights.ts'
import { actorOf } from '../scope.ts'
import { concernedBy, requireApproval } from './scope.ts'
import { approvalView } from './view.ts'

const schema = z.strictObject({ id: id.describe('id of the request') })

export const approvalDeny: Procedure = procedure({
  uri: procedureUris.approvalDeny,
  summary: 'Say no to what somebody asks for: the same is not asked again until its time is over.',
  input: schema,
  right: levelOne<z.output<typeof schema>>(concernedBy),
  changes: true,
  cli: { positional: ['id'] },
  target: (input) => input.id,
  async handle(input, context) {
    const { ecosystems, caller, clock } = context
    const row = requireApproval(context, input.id)
    const denied = await ecosystems.approvals.deny(row.id, actorOf(caller.principal))
    return approvalView(denied, clock.now())
  },
})
