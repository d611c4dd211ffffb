import { createPrivateKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto'
import { link, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Files for nobody but their owner (0600), through to the medium before anything rests on them. Node only.
 */

/** The text; `undefined` where there is no such file. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/** Writes the file anew, whole or not at all. Resolves when it will survive a power cut. */
export async function replaceFile(file: string, content: string): Promise<void> {
  const temporary = await writeTemporary(file, content)
  await rename(temporary, file)
  await syncDirectory(dirname(file))
}

/** An Ed25519 key in PEM; made where there is none, and never replaced. @throws Error as `readKey` */
export async function openKey(file: string): Promise<KeyObject> {
  return (await readKey(file)) ?? makeKey(file)
}

/**
 * `undefined` where there is no such file.
 * @throws Error naming the file when others can read it, or when it holds something else
 */
export async function readKey(file: string): Promise<KeyObject | undefined> {
  const pem = await readIfThere(file)
  if (pem === undefined) return undefined
  const { mode } = await stat(file)
  if ((mode & 0o077) !== 0)
    throw new Error(`${file}: its mode is ${(mode & 0o777).toString(8)}; allowed is 600`)
  try {
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch (error) {
    throw new Error(`${file}: is not a private key in PEM`, { cause: error })
  }
  throw new Error(`${file}: is not an Ed25519 key`)
}

async function makeKey(file: string): Promise<KeyObject> {
  const { privateKey } = generateKeyPairSync('ed25519')
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const temporary = await writeTemporary(file, pem)
  try {
    // Unlike a rename it fails when there is one already: a key, once there, is never replaced.
    await link(temporary, file)
    await syncDirectory(dirname(file))
  } catch (error) {
    const there = isCode(error, 'EEXIST') ? await readKey(file) : undefined
    if (there === undefined) throw error
    return there
  } finally {
    await rm(temporary)
  }
  return privateKey
}

async function writeTemporary(file: string, content: string): Promise<string> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`
  const handle = await open(temporary, 'wx', 0o600)
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
  return temporary
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
