import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { groupView } from '../group/view.ts'
import { id } from '../inputs.ts'
import { policyView } from '../policy/view.ts'
import { levelOne } from '../rights.ts'
import { ecosystemHere, notFound } from '../scope.ts'
import { ownedView, spanView } from './view.ts'

const schema = z.strictObject({ id: id.describe('id of the ecosystem') })

export const ecosystemShow: Procedure = procedure({
  uri: procedureUris.ecosystemShow,
  summary:
    'Show an ecosystem with what spans it and what it spans, its groups, policies and devices.',
  input: schema,
  right: levelOne<z.output<typeof schema>>((input) => [input.id]),
  changes: false,
  cli: { positional: ['id'] },
  handle(input, context) {
    const { directory, devices, groups, policies, spans } = context.ecosystems
    const row = directory.get(input.id)
    if (row === undefined || ecosystemHere(context, input.id) === undefined)
      throw notFound('ecosystem', input.id)
    return {
      ...ownedView(row),
      spans: spans.list(row.id).map(spanView),
      groups: groups.list(row.id).map((group) => groupView(group, groups.membersOf(group.id))),
      policies: policies.of(row.id).map(policyView),
      devices: devices
        .list(row.realm)
        .filter(({ ecosystems }) => ecosystems.includes(row.id))
        .map((device) => device.id),
    }
  },
})
