import { randomBytes } from 'node:crypto'
import { link, open, readFile, unlink } from 'node:fs/promises'
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'
import { z } from 'zod'

const schema = z.strictObject({
  keys: z
    .array(
      z.strictObject({
        kty: z.literal('EC'),
        crv: z.literal('P-256'),
        x: z.string(),
        y: z.string(),
        d: z.string(),
        kid: z.string(),
        alg: z.literal('ES256'),
        use: z.literal('sig'),
      }),
    )
    .min(1),
})

/** A P-256 key, private half included. */
export interface SigningKey {
  readonly kty: 'EC'
  readonly crv: 'P-256'
  readonly x: string
  readonly y: string
  readonly d: string
  readonly kid: string
  readonly alg: 'ES256'
  readonly use: 'sig'
}

/** The keys of an authorization server cannot be used. The message names the file. */
export class AuthorityKeysError extends Error {
  override readonly name = 'AuthorityKeysError'
}

/**
 * The keys in the file, which are made and kept, for their owner alone, if there are none yet.
 * @param file absent: they are made anew, for as long as the process lives
 * @throws AuthorityKeysError
 */
export async function authorityKeys(file: string | undefined): Promise<readonly SigningKey[]> {
  if (file === undefined) return [await newKey()]
  const known = await read(file)
  if (known !== undefined) return known
  const keys = [await newKey()]
  const draft = `${file}.${randomBytes(4).toString('hex')}`
  try {
    const handle = await open(draft, 'wx', 0o600)
    try {
      await handle.writeFile(`${JSON.stringify({ keys }, null, 2)}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    // Whole or not at all, and never over keys that somebody else has put there meanwhile.
    await link(draft, file)
  } catch (cause) {
    throw new AuthorityKeysError(`${file} cannot be written: ${String(cause)}`, { cause })
  } finally {
    await unlink(draft).catch(() => undefined)
  }
  return keys
}

async function read(file: string): Promise<readonly SigningKey[] | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new AuthorityKeysError(`${file} cannot be read: ${String(cause)}`, { cause })
  }
  try {
    return schema.parse(JSON.parse(text)).keys
  } catch (cause) {
    throw new AuthorityKeysError(`${file} holds no keys of an authorization server`, { cause })
  }
}

async function newKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(privateKey)
  const kid = await calculateJwkThumbprint(jwk)
  const [key] = schema.parse({ keys: [{ ...jwk, kid, alg: 'ES256', use: 'sig' }] }).keys
  if (key === undefined) throw new AuthorityKeysError('no key was made')
  return key
}
