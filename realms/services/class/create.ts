import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { conditionKeys, conditionsOf } from '../conditions.ts'
import { capabilityAction, id, level, prefix, verb } from '../inputs.ts'
import { operator } from '../rights.ts'
import { classView } from './view.ts'

const capabilitiesAllowed = 'a list of at most 256 of {verb, action, level}'

export const classCreate: Procedure = procedure({
  uri: procedureUris.classCreate,
  summary:
    'Make a class of devices, for all realms: at which level each verb of its devices may be used.',
  input: z.strictObject({
    id: id.describe('what the class is to be called in provisioning'),
    prefix: prefix.describe('what its devices are called, with a number, if nobody says otherwise'),
    capabilities: z
      .array(
        z.strictObject({
          verb: verb.describe("what follows the device's prefix and a dot"),
          action: capabilityAction.describe('what is to be done with the URI'),
          level: level.describe('required level, where an owner has not set another'),
          ...conditionKeys,
        }),
        { error: capabilitiesAllowed },
      )
      .max(256, { error: capabilitiesAllowed })
      .describe(
        'what may be done with its devices, each as {verb, action, level, acr, max_age, approval, presence, assert}',
      ),
    replace: z
      .boolean()
      .optional()
      .describe('take the place of a class of this id; its devices follow at once'),
  }),
  right: operator,
  changes: true,
  cli: { positional: ['id'] },
  target: (input) => input.id,
  async handle({ replace, capabilities, ...rest }, { ecosystems: { classes } }) {
    const row = {
      ...rest,
      capabilities: capabilities.map(({ verb: named, action, level: required, ...more }) => ({
        verb: named,
        action,
        level: required,
        conditions: conditionsOf(more),
      })),
    }
    return classView(await (replace === true ? classes.put(row) : classes.create(row)))
  },
})
