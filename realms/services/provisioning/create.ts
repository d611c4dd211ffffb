import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { count, duration, durationMs, id, prefix } from '../inputs.ts'
import { levelOne } from '../rights.ts'
import { actorOf, ecosystemHere, notFound } from '../scope.ts'

const several = "an ecosystem's id, or a list of 1 to 32 of them"

const schema = z.strictObject({
  ecosystem: z
    .union([id, z.array(id).min(1).max(32)], { error: several })
    .optional()
    .describe(
      'ecosystem that the devices are to be in; may be given several times; without one, which only the operator can leave out, they belong to nobody until they are claimed',
    ),
  class: id.describe('class of the devices, for instance light'),
  count: count(1_000).default(1).describe('how many codes'),
  prefix: prefix
    .optional()
    .describe("URI that the device is to own; absent: the class's with the next free number"),
  ttl: duration.optional().describe('how long the codes are good, for instance 24h'),
})

/** The codes are shown this once; only their hashes are kept. */
export const provisioningTokenCreate: Procedure = procedure({
  uri: procedureUris.provisioningTokenCreate,
  summary: 'Make single-use codes with which new devices enrol.',
  input: schema,
  right: levelOne<z.output<typeof schema>>((input) => listOf(input.ecosystem)),
  changes: true,
  cli: { lines: ['codes'] },
  target: (input) => listOf(input.ecosystem).join(','),
  async handle(input, context) {
    const { ecosystems, realm, caller } = context
    for (const ecosystem of listOf(input.ecosystem))
      if (ecosystemHere(context, ecosystem) === undefined) throw notFound('ecosystem', ecosystem)
    const codes = await ecosystems.provisioning.create({
      realm: realm.uri,
      ecosystems: listOf(input.ecosystem),
      class: input.class,
      count: input.count,
      by: actorOf(caller.principal),
      ...(input.prefix !== undefined && { prefix: input.prefix }),
      ...(input.ttl !== undefined && { ttlMs: durationMs(input.ttl) }),
    })
    const expiresAt = ecosystems.provisioning.check(codes[0] ?? '')?.expiresAt
    return { codes, ...(expiresAt !== undefined && { expires_at: expiresAt }) }
  },
})

function listOf(ecosystem: string | readonly string[] = []): readonly string[] {
  return typeof ecosystem === 'string' ? [ecosystem] : ecosystem
}
