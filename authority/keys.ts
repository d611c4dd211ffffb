import { randomBytes } from 'node:crypto'
import { link, open, readFile, unlink } from 'node:fs/promises'
import { z } from 'zod'
import { newSigningKey, signingKeySchema, type SigningKey } from './signing-key.ts'

const schema = z.strictObject({ keys: z.array(signingKeySchema).min(1) })

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
  if (file === undefined) return [await newSigningKey()]
  const known = await read(file)
  if (known !== undefined) return known
  const keys = [await newSigningKey()]
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
