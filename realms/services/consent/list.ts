import { z } from 'zod'
import type { UsageSum } from '../../../ecosystems/store/usage-log.ts'
import type { Dict } from '../../../router/wire/message.ts'
import { procedure, type Procedure, type ProcedureContext } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { count } from '../inputs.ts'
import { namesAreKept } from '../kept-names.ts'
import { self } from '../rights.ts'
import { actorOf, holdsIn, ownsEcosystem } from '../scope.ts'

const hourMs = 3_600_000
const mostHours = 720

export const consentList: Procedure = procedure({
  uri: procedureUris.consentList,
  summary:
    'List who else has used or heard what of one’s own devices, of those where one has level 1, and of names of one’s own.',
  input: z.strictObject({
    hours: count(mostHours).default(24).describe('of the last so many hours'),
  }),
  right: self,
  changes: false,
  cli: { columns: ['reader', 'action', 'uri', 'count', 'first_at', 'last_at'] },
  async handle({ hours }, context) {
    const { ecosystems, realm, caller, clock } = context
    const { usage } = ecosystems
    const since = clock.now() - Math.min(hours * hourMs, usage.keptMs)
    const sums = await usage.list({ realm: realm.uri, since })
    const own = actorOf(caller.principal)
    const isMine = mine(context)
    // What a device is not told when it is called it is not told afterwards.
    const isKept = caller.principal.kind === 'device' && namesAreKept(context)
    const mayKnow = (reader: string): boolean => !isKept || !reader.startsWith('person:')
    return {
      since_at: since,
      // What all have used is looked through, the last first: a long list of others' could hide what is asked for.
      complete: sums.length < usage.mostListed,
      uses: sums
        .filter(({ reader, uri }) => reader !== own && mayKnow(reader) && isMine(uri))
        .map(viewOf),
    }
  },
})

/** Whether what is named so is the caller's to know about. */
function mine(context: ProcedureContext): (uri: string) => boolean {
  const { ecosystems, realm, caller } = context
  const { kind, authid } = caller.principal
  const known = new Map<string, boolean>()
  const owns = (ecosystem: string): boolean => {
    const answer = known.get(ecosystem) ?? ownsEcosystem(context, ecosystem)
    known.set(ecosystem, answer)
    return answer
  }
  return (uri) => {
    if (kind === 'operator') return true
    if (kind === 'person' && uri.startsWith(`user.${authid}.`)) return true
    const device = ecosystems.devices.owning(realm.uri, uri)
    if (device === undefined) return false
    if (kind === 'device') return device.id === authid
    if (device.ecosystems.some(owns)) return true
    // Whoever let it in and has nothing there any more hears no longer who comes and goes.
    const isOwner = kind === 'person' && device.owner === authid
    return isOwner && device.ecosystems.some((ecosystem) => holdsIn(context, ecosystem))
  }
}

function viewOf({ reader, uri, action, count: uses, firstAt, lastAt }: UsageSum): Dict {
  return {
    // A person's id, or `device:` and a device's, as in all other inputs.
    reader: reader.startsWith('person:') ? reader.slice('person:'.length) : reader,
    action,
    uri,
    count: uses,
    first_at: firstAt,
    last_at: lastAt,
  }
}
