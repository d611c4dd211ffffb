import { z } from 'zod'
import type { StaticPrincipal } from '../authenticators/principals.ts'

/** Roles that the router gives by itself; a configured component cannot pose as one. */
export const ownRoles: readonly string[] = [
  'person',
  'device',
  'operator',
  'service',
  'provisioning',
  'anonymous',
]

/** Secrets that one of the proofs of a principal rests on: never shown, not even when they are wrong. */
export const secretKeys: ReadonlySet<string> = new Set([
  'ticket',
  'secret',
  'key',
  'storedKey',
  'serverKey',
  'totp',
  'routerKey',
])

const hex32 = /^[0-9a-f]{64}$/
const base64 = z
  .string()
  .regex(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, 'allowed is base64')
const base64Key = base64.length(44, '32 bytes in base64 are 44 characters')
const ticketSha256 = z.string().regex(hex32, 'a SHA-256 is 64 lower-case hex digits')

/** The costliest key derivation at the start of the router, so that a typing error does not keep it from starting. */
const costliestMemoryKiB = 65_536
const costliestArgonRounds = 16
const costliestPbkdf2Rounds = 1_000_000

const wampcraSchema = z
  .strictObject({
    secret: z.string().min(1).optional(),
    key: base64.optional(),
    salt: z.string().min(1).optional(),
    keylen: z.int().min(16).max(64).default(32),
    iterations: z.int().min(1).max(costliestPbkdf2Rounds).default(1_000),
  })
  .refine(({ secret, key }) => (secret === undefined) !== (key === undefined), {
    message: 'one of secret and key is needed',
  })
  .refine(({ key, salt }) => key === undefined || salt !== undefined, {
    message: 'key needs the salt that it was derived with',
  })

const scramSchema = z
  .strictObject({
    kdf: z.enum(['argon2id13', 'pbkdf2', 'argon2id-13']).default('argon2id13'),
    salt: base64.min(12, 'a salt has 8 bytes or more'),
    iterations: z.int().min(1),
    memory: z.int().min(8).optional(),
    secret: z.string().min(1).optional(),
    storedKey: base64Key.optional(),
    serverKey: base64Key.optional(),
  })
  .refine(({ kdf, memory }) => (kdf === 'pbkdf2') === (memory === undefined), {
    message: 'memory (in KiB) is needed for argon2id13, and for pbkdf2 there is none',
  })
  .refine(
    ({ secret, storedKey, serverKey }) => (secret ?? (storedKey && serverKey)) !== undefined,
    {
      message: 'secret is needed, or storedKey and serverKey',
    },
  )
  .refine(({ secret, storedKey, serverKey }) => secret === undefined || !(storedKey ?? serverKey), {
    message: 'secret, or storedKey and serverKey: not both',
  })
  .refine(({ kdf, secret }) => secret === undefined || kdf !== 'argon2id-13', {
    message: 'from a secret the keys of both dialects are derived: kdf argon2id13',
  })
  .refine(
    ({ secret, kdf, memory = 0, iterations }) =>
      secret === undefined ||
      (kdf === 'pbkdf2'
        ? iterations <= costliestPbkdf2Rounds
        : memory <= costliestMemoryKiB && iterations <= costliestArgonRounds),
    {
      message:
        `deriving from secret costs too much: allowed are ${costliestArgonRounds} iterations and ` +
        `${costliestMemoryKiB} KiB, for pbkdf2 ${costliestPbkdf2Rounds} iterations; give storedKey and serverKey`,
    },
  )

const certificateSchema = z
  .strictObject({
    fingerprint256: z
      .string()
      .regex(/^[0-9A-F]{2}(:[0-9A-F]{2}){31}$/, 'a fingerprint is 32 octets AA:BB:… in upper case')
      .optional(),
    name: z
      .string()
      .regex(/^(DNS|URI|email|IP Address):.+$/, 'a name is DNS:…, URI:…, email:… or IP Address:…')
      .optional(),
  })
  .refine(({ fingerprint256, name }) => (fingerprint256 === undefined) !== (name === undefined), {
    message: 'one of fingerprint256 and name is needed',
  })

const secondSchema = z
  .strictObject({
    ticket: z.string().min(1).optional(),
    ticketSha256: ticketSha256.optional(),
    totp: z
      .string()
      .regex(/^[A-Z2-7]{16,128}$/, 'a TOTP secret is base32 (A-Z, 2-7), 16 characters or more')
      .optional(),
  })
  .refine((second) => Object.values(second).filter((value) => value !== undefined).length === 1, {
    message: 'one of ticket, ticketSha256 and totp is needed',
  })

/** A component of an integrator: known by one or several proofs. */
export const principalSchema: z.ZodType<StaticPrincipal> = z
  .strictObject({
    authid: z
      .string()
      .max(256)
      .regex(/^[A-Za-z0-9_.@,=+-]+$/, 'allowed are letters, digits and _.@,=+-'),
    role: z.string().refine((role) => role !== '' && !ownRoles.includes(role), {
      message: `allowed is any role but ${ownRoles.join(', ')}`,
    }),
    ticket: z.string().min(1).optional(),
    ticketSha256: ticketSha256.optional(),
    publicKey: z.string().regex(hex32, 'an Ed25519 key is 64 lower-case hex digits').optional(),
    wampcra: wampcraSchema.optional(),
    scram: scramSchema.optional(),
    certificate: certificateSchema.optional(),
    second: secondSchema.optional(),
  })
  .refine(
    ({ ticket, ticketSha256: digest, publicKey, wampcra, scram, certificate }) =>
      ticket ?? digest ?? publicKey ?? wampcra ?? scram ?? certificate,
    {
      message:
        'one of ticket, ticketSha256, publicKey, wampcra, scram and certificate is needed: else nobody could join as it',
    },
  )
