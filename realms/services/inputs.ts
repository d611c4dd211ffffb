import { z } from 'zod'

/**
 * The words of which the inputs of procedures are made. Each says in its error what is allowed, as
 * `invalid-input.ts` builds "what was found, what is allowed" from it.
 */

function text(pattern: RegExp, maxLength: number, allowed: string): z.ZodString {
  return z
    .string({ error: allowed })
    .max(maxLength, { error: allowed })
    .regex(pattern, { error: allowed })
}

function whole(min: number, max: number): z.ZodInt {
  const error = `a whole number from ${min} to ${max}`
  return z.int({ error }).min(min, { error }).max(max, { error })
}

/** Id of a person, device, ecosystem, class or grant: also a URI component that every client accepts. */
export const id: z.ZodString = text(/^[a-z0-9_]+$/, 64, '1 to 64 of a to z, 0 to 9 and _')

/** Who gets a grant or is asked about: a person's id, or `device:` and a device's id. */
export const subject: z.ZodString = text(
  /^(device:)?[a-z0-9_]+$/,
  71,
  'a person\'s id, or "device:" and a device\'s id',
)

/** A URI as WAMP's loose rule has it. */
export const uri: z.ZodString = text(
  /^([^\s.#]+\.)*[^\s.#]+$/,
  256,
  'a URI of at most 256 characters, without spaces, # and empty components',
)

/** A URI or pattern under a device's prefix; whether it is one, the domain finds. */
export const deviceUri: z.ZodString = text(
  /^\w[\w.]*$/,
  256,
  'a URI of letters, digits, _ and dots, of at most 256 characters',
)

/** A URI, or a beginning of URIs that ends in a dot. */
export const uriOrBeginning: z.ZodString = text(
  /^(\w+\.)*\w+\.?$/,
  256,
  'a URI of at most 256 characters, or a beginning of URIs that ends in a dot',
)

/** The same, or nothing, for everything. */
export const everythingOrBeginning: z.ZodString = text(
  /^((\w+\.)*\w+\.?)?$/,
  256,
  'a URI of at most 256 characters, a beginning of URIs that ends in a dot, or "" for everything',
)

const mapAllowed = 'a dictionary from levels to levels, each 1 to 99, for instance {"1":1,"2":3}'

/** What each level is worth somewhere else. */
export const levelMap: z.ZodRecord<z.ZodString, z.ZodInt> = z
  .record(z.string().regex(/^[1-9][0-9]?$/, { error: mapAllowed }), whole(1, 99), {
    error: mapAllowed,
  })
  .refine((value) => Object.keys(value).length > 0, { error: mapAllowed })

/** A prefix that a device is to own. */
export const prefix: z.ZodString = text(
  /^(?!(wamp|latchkey|user)(\.|$))([a-z0-9_]+\.)*[a-z0-9_]+$/,
  128,
  'components of a to z, 0 to 9 and _ joined by dots, not under wamp, latchkey or user',
)

/** What follows a device's prefix and a dot. */
export const verb: z.ZodString = text(
  /^\w+(\.\w+)*$/,
  128,
  'components of letters, digits and _, joined by dots',
)

/** A name for people to read. */
export const name: z.ZodString = text(
  /^\P{Cc}+$/u,
  100,
  '1 to 100 characters without control characters',
)

/** Address of an OpenID issuer or of its keys. */
export const httpUrl: z.ZodString = text(
  /^https?:\/\/[^\s/?#]+[^\s]*$/,
  2048,
  'an http or https address',
)

/** What an OpenID provider calls a person or a client. Opaque; never an e-mail address that we would read. */
export const opaque: z.ZodString = text(/^[^\s]+$/, 255, '1 to 255 characters without spaces')

/** Absolute path of a file on the router's machine. */
export const path: z.ZodString = text(
  /^(\/|[A-Za-z]:[\\/])[^\p{Cc}]+$/u,
  4_096,
  'an absolute path of at most 4096 characters',
)

/** 1 is everything; larger is less. */
export const level: z.ZodInt = whole(1, 99)

/** Id of a WAMP session. */
export const session: z.ZodInt = whole(1, 2 ** 53)

/** How many of something. */
export function count(max: number): z.ZodInt {
  return whole(1, max)
}

/** A SHA-256. */
export const sha256: z.ZodString = text(/^[0-9a-f]{64}$/, 64, '64 of 0 to 9 and a to f')

/** A challenge that the router gave. */
export const challenge: z.ZodString = text(/^[\w-]{22}$/, 22, 'a challenge of 22 characters')

/** A compact JWS. Never repeated in an error, a log or the record. */
export const jws: z.ZodString = text(
  /^[\w-]+\.[\w-]+\.[\w-]+$/,
  4_096,
  'a compact JWS of at most 4096 characters',
)

/** What a lock gives out, for one sign of presence: 128 bits or more in base64url. */
export const nonce: z.ZodString = text(/^[\w-]{22,86}$/, 86, '22 to 86 characters of base64url')

/** One line of text that is signed. */
export const line: z.ZodString = text(
  /^[^\p{Cc}\u2028\u2029]+$/u,
  256,
  '1 to 256 characters of one line',
)

/** A sum of money as text: no float ever rounds it. */
export const amount: z.ZodString = text(
  /^(?:0|[1-9]\d{0,14})(?:\.\d{1,6})?$/,
  22,
  'a decimal number as text, for instance 12.50',
)

/** A currency. */
export const currency: z.ZodString = text(/^[A-Z]{3}$/, 3, 'a code of ISO 4217, for instance EUR')

const assurance: z.ZodEnum<{ aal1: 'aal1'; aal2: 'aal2'; aal3: 'aal3' }> = z.enum([
  'aal1',
  'aal2',
  'aal3',
])
const assuranceMapAllowed = 'a dictionary of words, each aal1, aal2 or aal3'

/** What a provider's words are worth; on the command line `gold=aal2`. */
export const assuranceMap: z.ZodRecord<z.ZodString, typeof assurance> = z.record(
  z.string().min(1, { error: assuranceMapAllowed }).max(255, { error: assuranceMapAllowed }),
  assurance,
  { error: assuranceMapAllowed },
)

/** Id of an authenticator, or the kind of it. */
export const authenticatorOrKind: z.ZodString = text(
  /^[a-z0-9_]+$/,
  64,
  'the id of an authenticator, or watch, phone, key, passkey',
)

/** A PIN as it is typed at a lock. Never repeated in an error, a log or the record. */
export const pin: z.ZodString = text(/^\d{4,12}$/, 12, '4 to 12 digits')

/** A length of time before now, or a point in time with its offset. */
export const past: z.ZodString = text(
  /^([1-9][0-9]{0,5}[smhd]|\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))$/,
  32,
  'a number and s, m, h or d before now, for instance 2d, or a time such as 2030-07-01T18:00+02:00',
).refine((value) => !value.includes('T') || !Number.isNaN(Date.parse(value)), {
  error: 'a time that exists',
})

/** Milliseconds since the epoch of a `past` that was found valid. */
export function pastAt(value: string, now: number): number {
  return value.includes('T') ? Date.parse(value) : now - durationMs(value)
}

/** An Ed25519 public key. */
export const publicKey: z.ZodString = text(/^[0-9a-f]{64}$/, 64, '64 of 0 to 9 and a to f')

/** A token or code. Never repeated in an error, a log or the record. */
export const secret: z.ZodString = text(/^[^\s]+$/, 16_384, 'a text without spaces')

/** A length of time such as `15m`, `24h` or `30d`. */
export const duration: z.ZodString = text(
  /^[1-9][0-9]{0,5}[smhd]$/,
  7,
  'a number and s, m, h or d, for instance 24h',
)

const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** Milliseconds of a `duration` that was found valid. */
export function durationMs(value: string): number {
  return Number(value.slice(0, -1)) * (unitMs[value.slice(-1)] ?? Number.NaN)
}

/** A length of time from now, or a point in time with its offset. */
export const moment: z.ZodString = text(
  /^([1-9][0-9]{0,5}[smhd]|\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))$/,
  32,
  'a number and s, m, h or d from now, for instance 2d, or a time such as 2030-07-01T18:00+02:00',
).refine((value) => !value.includes('T') || !Number.isNaN(Date.parse(value)), {
  error: 'a time that exists',
})

/** Milliseconds since the epoch of a `moment` that was found valid. */
export function momentAt(value: string, now: number): number {
  return value.includes('T') ? Date.parse(value) : now + durationMs(value)
}

const maxAttributesBytes = 16_384
const attributesAllowed = `a dictionary of at most 64 keys and ${maxAttributesBytes} bytes as JSON`

/** What a device says of itself. */
export const attributes: z.ZodRecord<z.ZodString, z.ZodUnknown> = z
  .record(z.string().max(64, { error: 'keys of at most 64 characters' }), z.unknown(), {
    error: attributesAllowed,
  })
  .refine((value) => Object.keys(value).length <= 64 && jsonBytes(value) <= maxAttributesBytes, {
    error: attributesAllowed,
  })

/** Infinity for what JSON cannot hold, as it comes in over other serializers. */
function jsonBytes(value: unknown): number {
  try {
    return Buffer.byteLength(JSON.stringify(value))
  } catch {
    return Infinity
  }
}

/** What one may do with a URI of a device. */
export const capabilityAction: z.ZodEnum<{
  call: 'call'
  subscribe: 'subscribe'
  publish: 'publish'
}> = z.enum(['call', 'subscribe', 'publish'])

/** The code that a device shows, however it is typed. */
export const claimCode: z.ZodString = text(
  /^[A-Za-z]{4}[- ]?[A-Za-z]{4}$/,
  9,
  'eight letters, with or without - between them',
)

/** Version of a shadow. */
export const version: z.ZodInt = whole(0, 2 ** 53 - 1)

const stateAllowed = 'a dictionary'

/** What a device is, or is to be, like. How much of it there may be is the domain's to say. */
export const shadowState: z.ZodRecord<z.ZodString, z.ZodUnknown> = z.record(
  z.string(),
  z.unknown(),
  { error: stateAllowed },
)
