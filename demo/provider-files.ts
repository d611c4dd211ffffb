import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { z } from 'zod'
import { longestSocketPathBytes } from '../socket-path.ts'

/** Something in the demo's folder, or asked of it, cannot be used. The message is for people and says what to do. */
export class DemoError extends Error {
  override readonly name = 'DemoError'
}

/**
 * Where the running provider hears the owner of its folder.
 * @throws DemoError when the folder's path is too long for a socket in it
 */
export function providerSocket(dir: string): string {
  const path = join(resolve(dir), 'provider.sock')
  const bytes = Buffer.byteLength(path)
  if (bytes > longestSocketPathBytes)
    throw new DemoError(
      `${path} is ${bytes} bytes long, and a Unix socket's path may have at most ${longestSocketPathBytes}: choose a folder with a shorter path`,
    )
  return path
}

/**
 * Reads a file of the demo; `undefined` if it is not there yet.
 * @throws DemoError naming the file when it does not hold what it should
 */
export async function readOwnFile<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new DemoError(`${file} cannot be read: ${String(error)}`, { cause: error })
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new DemoError(`${file} is no JSON: ${String(cause)}`, { cause })
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const key = issue === undefined || issue.path.length === 0 ? 'the file' : issue.path.join('.')
  throw new DemoError(`${file} cannot be used: ${key}: ${issue?.message}`)
}

/** Writes a file that only its owner can read: whole or not at all, also when the power fails. */
export async function writeOwnFile(file: string, value: unknown): Promise<void> {
  const draft = `${file}.${randomBytes(4).toString('hex')}`
  const handle = await open(draft, 'wx', 0o600)
  try {
    await handle.writeFile(`${JSON.stringify(value, null, 2)}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(draft, file)
}

/**
 * Makes the demo's folder, for its owner alone.
 * @throws DemoError when it cannot be made
 */
export async function makeFolder(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new DemoError(`the folder ${dir} cannot be made: ${String(cause)}`, { cause })
  }
}
