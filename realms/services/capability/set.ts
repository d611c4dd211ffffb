import { z } from 'zod'
import { WampError } from '../../../router/wire/errors.ts'
import { procedure, type Procedure } from '../../procedure.ts'
import { errorUris, procedureUris } from '../../uris.ts'
import { conditionKeys, conditionsOf, viewOf } from '../conditions.ts'
import { capabilityAction, deviceUri, id, level } from '../inputs.ts'
import { levelOne } from '../rights.ts'
import { deviceHere, ecosystemHere, notFound } from '../scope.ts'

const schema = z.strictObject({
  device: id.describe('id of the device'),
  uri: deviceUri.describe("a URI under the device's prefix"),
  action: capabilityAction.describe('what is to be done with the URI'),
  ecosystem: id.describe('ecosystem in which the level is to be needed'),
  level: level.describe('required level: 1 lets in only the owners, larger lets in more'),
  ...conditionKeys,
})

export const capabilitySet: Procedure = procedure({
  uri: procedureUris.capabilitySet,
  summary:
    "Set the level that one of a device's URIs needs in one of its ecosystems, and what it asks for beyond it, over its class.",
  input: schema,
  right: levelOne<z.output<typeof schema>>((input, context) =>
    deviceHere(context, input.device)?.ecosystems.includes(input.ecosystem) === true
      ? [input.ecosystem]
      : [],
  ),
  changes: true,
  cli: { positional: ['device', 'uri'] },
  target: (input) => input.uri,
  async handle(input, context) {
    const row = deviceHere(context, input.device)
    if (row === undefined) throw notFound('device', input.device)
    if (ecosystemHere(context, input.ecosystem) === undefined)
      throw notFound('ecosystem', input.ecosystem)
    if (!row.ecosystems.includes(input.ecosystem))
      throw new WampError(
        errorUris.invalidState,
        `device "${input.device}" is not in ecosystem "${input.ecosystem}"`,
      )
    const { devices } = context.ecosystems
    const { device, uri: named, action, ecosystem, level: required, ...more } = input
    const before = devices
      .requirements(row, action, named)
      .find((requirement) => requirement.ecosystem === ecosystem)
    const conditions = conditionsOf(more, before?.conditions)
    await devices.setLevel({ device, uri: named, action, ecosystem, level: required, conditions })
    return { device, uri: named, action, ecosystem, level: required, ...viewOf(conditions) }
  },
})
