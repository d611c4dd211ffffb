import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { attributes, id, level, prefix } from '../inputs.ts'
import { levelOne } from '../rights.ts'
import { deviceHere, notFound } from '../scope.ts'
import { deviceView } from './view.ts'

const schema = z.strictObject({
  gateway: id.describe('id of the device behind which it is'),
  class: id.describe('class of the child, for instance sensor'),
  prefix: prefix
    .optional()
    .describe("URI that the child is to own; absent: the class's with the next free number"),
  level: level
    .optional()
    .describe('the best level that the child can have; never better than its gateway’s'),
  attributes: attributes.optional().describe('what is known of it'),
})

export const deviceAddChild: Procedure = procedure({
  uri: procedureUris.deviceAddChild,
  summary:
    'Add a thing that can prove nothing by itself, behind a gateway that registers, publishes and calls for it.',
  input: schema,
  right: levelOne<z.output<typeof schema>>(
    (input, context) => deviceHere(context, input.gateway)?.ecosystems ?? [],
  ),
  changes: true,
  cli: { positional: ['gateway'] },
  target: (input, result) => (typeof result?.['id'] === 'string' ? result['id'] : input.gateway),
  async handle(input, context) {
    if (deviceHere(context, input.gateway) === undefined) throw notFound('device', input.gateway)
    const { kind, authid } = context.caller.principal
    const row = await context.ecosystems.devices.addChild({
      gateway: input.gateway,
      class: input.class,
      owner: kind === 'person' ? authid : null,
      ...(input.prefix !== undefined && { prefix: input.prefix }),
      ...(input.level !== undefined && { level: input.level }),
      ...(input.attributes !== undefined && { attributes: input.attributes }),
    })
    return deviceView(row, context)
  },
})
