import { z } from 'zod'
import type { AnnouncedCapability } from '../../../ecosystems/store/store.ts'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { attributes, capabilityAction, deviceUri, level } from '../inputs.ts'
import { device } from '../rights.ts'

const most = 256
const allowed = `a list of at most ${most} of {uri, action, args, result, required_level, acr}`

/** Each as the device says it. Nothing is decided by the schemas; level and proof can only make it stricter. */
const said = {
  uri: deviceUri.describe("a URI under the device's prefix"),
  args: z.unknown().optional().describe('JSON Schema of the arguments'),
  result: z.unknown().optional().describe('JSON Schema of the result'),
  required_level: level.optional().describe('level that the device itself wants at least'),
  acr: z.enum(['aal1', 'aal2', 'aal3']).optional().describe('proof that the device itself wants'),
}

const schema = z.strictObject({
  attributes: attributes.optional().describe('what the device says of itself'),
  capabilities: z
    .array(
      z.strictObject({
        ...said,
        action: capabilityAction.describe('what others may do with it, if their level allows'),
      }),
      { error: allowed },
    )
    .max(most, { error: allowed })
    .optional()
    .describe('what the device can do'),
  verbs: z
    .array(z.strictObject(said), { error: allowed })
    .max(most, { error: allowed })
    .optional()
    .describe('the same of what is to be called'),
})

/** Gives no right to anybody: levels come from the class or the owner, whatever a device says. */
export const capabilityAnnounce: Procedure = procedure({
  uri: procedureUris.capabilityAnnounce,
  summary: 'Say what this device is like and what it can do; what is left out stays as it was.',
  input: schema,
  right: device,
  changes: true,
  cli: { hidden: true },
  async handle(input, { ecosystems, caller }) {
    const { attributes: about, capabilities, verbs } = input
    const isSilent = capabilities === undefined && verbs === undefined
    const { device: row, changed } = await ecosystems.devices.announce(caller.principal.authid, {
      ...(about !== undefined && { attributes: about }),
      ...(!isSilent && {
        capabilities: [
          ...(capabilities ?? []).map((each) => announced(each, each.action)),
          ...(verbs ?? []).map((each) => announced(each, 'call')),
        ],
      }),
    })
    return { capabilities: row.announced.length, changed }
  },
})

type Said = Omit<NonNullable<z.output<typeof schema>['capabilities']>[number], 'action'>

function announced(each: Said, action: AnnouncedCapability['action']): AnnouncedCapability {
  const { uri, args, result, required_level: required, acr } = each
  return {
    uri,
    action,
    ...(args !== undefined && { args }),
    ...(result !== undefined && { result }),
    ...(required !== undefined && { level: required }),
    ...(acr !== undefined && { acr }),
  }
}
