import { z } from 'zod'
import { WampError } from '../../../router/wire/errors.ts'
import { name, publicKey } from '../inputs.ts'
import { digestOfValues } from '../stepup/arguments.ts'
import { checkPublicKey } from '../stepup/confirmation.ts'

const kind: z.ZodEnum<{ watch: 'watch'; phone: 'phone'; key: 'key'; passkey: 'passkey' }> = z.enum([
  'watch',
  'phone',
  'key',
  'passkey',
])

/** What is to be enrolled, as keys of an input. */
export const offeredKeys: {
  kind: typeof kind
  name: typeof name
  public_key: z.ZodOptional<typeof publicKey>
} = {
  kind: kind.describe('what it is'),
  name: name.describe('what to call it'),
  public_key: publicKey
    .optional()
    .describe('Ed25519, of what is not a passkey: the public half of the key that was made on it'),
}

/** Values of `offeredKeys`. */
export interface Offered {
  readonly kind: z.output<typeof kind>
  readonly name: string
  readonly public_key?: string | undefined
}

/**
 * Digest of what is enrolled, which its key signs: nobody is made to enrol another thing than he means to.
 * @throws WampError invalid_argument
 */
export function offeredDigest({ kind: what, name: called, public_key: key }: Offered): string {
  if ((what === 'passkey') !== (key === undefined))
    throw new WampError(
      'wamp.error.invalid_argument',
      'public_key: needed of everything but a passkey, whose key the browser tells',
    )
  if (key !== undefined) checkPublicKey(key)
  const kwargs = { kind: what, name: called, ...(key !== undefined && { public_key: key }) }
  return digestOfValues({ kwargs })
}
