import { createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'

/** A key as a watch has one. */
export interface TestKey {
  readonly key: KeyObject
  /** 32 bytes in lower-case hex. */
  readonly publicKey: string
}

export function newKey(): TestKey {
  const { privateKey } = generateKeyPairSync('ed25519')
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' })
  return { key: privateKey, publicKey: Buffer.from(x, 'base64url').toString('hex') }
}

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** A JWS with any header and claims, signed with Ed25519 whatever the header says. */
export function jws(key: KeyObject, header: unknown, claims: unknown): string {
  const signed = `${part(header)}.${part(claims)}`
  return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`
}

/** The header of a JWS. */
export function headerOf(text: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(text.split('.')[0] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >
}

/** The claims of a JWS, unverified. */
export function claimsOf(text: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >
}

/** The same text with other claims: the signature stays. */
export function withClaims(text: string, claims: object): string {
  const [header = '', , signature = ''] = text.split('.')
  return `${header}.${part({ ...claimsOf(text), ...claims })}.${signature}`
}

/**
 * What whoever has no key would try with a text of this type: each is to be refused. The text itself is not among them.
 */
export function forgeries(text: string): [string, unknown][] {
  const [header = '', payload = '', signature = ''] = text.split('.')
  const claims = claimsOf(text)
  const fields = headerOf(text)
  const other = newKey().key
  const none = part({ ...fields, alg: 'none' })
  const flipped = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
  return [
    ['nothing', undefined],
    ['a dictionary', { jws: text }],
    ['an empty text', ''],
    ['two dots', '..'],
    ['alg none', `${none}.${payload}.`],
    ['alg none with the old signature', `${none}.${payload}.${signature}`],
    ['alg None', `${part({ ...fields, alg: 'None' })}.${payload}.`],
    ['alg HS256', jws(other, { ...fields, alg: 'HS256' }, claims)],
    ['alg ES256', jws(other, { ...fields, alg: 'ES256' }, claims)],
    ['another key', jws(other, fields, claims)],
    ['another key that names itself', jws(other, { ...fields, jwk: {} }, claims)],
    ['no signature', `${header}.${payload}.`],
    ['no third part', `${header}.${payload}`],
    ['a fourth part', `${text}.x`],
    ['a changed signature', `${header}.${payload}.${flipped}`],
    ['a long signature', `${text}AAAA`],
    ['a space', `${text} `],
    ['padding', `${text}==`],
    ['changed claims', withClaims(text, { exp: 2_000_000_000 })],
    ['a huge text', `${header}.${'A'.repeat(20_000)}.${signature}`],
    ['no JSON', `${Buffer.from('{').toString('base64url')}.${payload}.${signature}`],
  ]
}

/** What whoever has the key could do wrong: each is signed well, and to be refused all the same. */
export function malformed(key: KeyObject, text: string): [string, string][] {
  const header = headerOf(text)
  const claims = claimsOf(text)
  const without = (name: string): object =>
    Object.fromEntries(Object.entries(claims).filter(([each]) => each !== name))
  const { typ: _, ...untyped } = header
  return [
    ['another typ', jws(key, { ...header, typ: 'JWT' }, claims)],
    ['a typ of ours for another purpose', jws(key, { ...header, typ: 'latchkey-x+jwt' }, claims)],
    ['no typ', jws(key, untyped, claims)],
    ['a claim too much', jws(key, header, { ...claims, admin: true })],
    ['claims in a list', jws(key, header, [claims])],
    ['no claims', jws(key, header, null)],
    ...Object.keys(claims).map((name): [string, string] => [
      `no ${name}`,
      jws(key, header, without(name)),
    ]),
    ...Object.keys(claims).map((name): [string, string] => [
      `a list as ${name}`,
      jws(key, header, { ...claims, [name]: [claims[name]] }),
    ]),
  ]
}
