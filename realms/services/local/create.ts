import { z } from 'zod'
import { invalid } from '../../../ecosystems/errors.ts'
import { procedure, type Procedure } from '../../procedure.ts'
import { fallen } from '../../standing.ts'
import { procedureUris } from '../../uris.ts'
import { id, level, pin, publicKey } from '../inputs.ts'
import { levelOne } from '../rights.ts'
import { actorOf, deviceHere, ecosystemHere, notFound } from '../scope.ts'
import { localView } from './view.ts'

const schema = z.strictObject({
  person: id.describe('whose it is'),
  ecosystem: id.describe('the only ecosystem in which it counts'),
  key: publicKey.optional().describe('public half of an Ed25519 key of the person, in hex'),
  pin: pin.optional().describe('instead of a key: 4 to 12 digits, good at one lock'),
  device: id.optional().describe('the lock at which the PIN counts'),
  max_level: level.describe('no better level than this by it, whatever the person is granted'),
  mode: z
    .enum(['idp_down', 'always'])
    .default('idp_down')
    .describe('whether it counts only while no provider of the person can be reached'),
})

/** It gives nobody more than he has: a grant is needed as ever. */
export const localCreate: Procedure = procedure({
  uri: procedureUris.localCreate,
  summary:
    'Let a person be known by a key, or by a PIN at one lock, for when the provider cannot be reached.',
  input: schema,
  right: levelOne<z.output<typeof schema>>((input) => [input.ecosystem]),
  changes: true,
  secrets: ['pin'],
  target: (input, result) => (typeof result?.['id'] === 'string' ? result['id'] : input.person),
  async handle(input, context) {
    const { ecosystem, person, key, pin: typed, device } = input
    const { ecosystems, caller } = context
    if (ecosystemHere(context, ecosystem) === undefined) throw notFound('ecosystem', ecosystem)
    if (device !== undefined && deviceHere(context, device) === undefined)
      throw notFound('device', device)
    return localView(
      await ecosystems.locals.create({
        person,
        ecosystem,
        means: meansOf(key, typed, device),
        maxLevel: input.max_level,
        mode: input.mode,
        by: actorOf(caller.principal),
        stands: () => !fallen(caller.principal, ecosystems),
      }),
    )
  },
})

function meansOf(
  key: string | undefined,
  typed: string | undefined,
  device: string | undefined,
): { readonly publicKey: string } | { readonly pin: string; readonly device: string } {
  if (key !== undefined && typed === undefined && device === undefined) return { publicKey: key }
  if (key === undefined && typed !== undefined && device !== undefined)
    return { pin: typed, device }
  throw invalid('key', key, 'a key alone, or a pin with its device')
}
