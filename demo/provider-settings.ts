import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { newSigningKey, signingKeySchema, type SigningKey } from '../authority/signing-key.ts'
import { DemoError, readOwnFile, writeOwnFile } from './provider-files.ts'

/** What makes the provider the same one after a restart: tokens that it signed before stay good. */
export interface ProviderSettings {
  readonly port: number
  /** The first one signs. */
  readonly keys: readonly SigningKey[]
  readonly cookieKeys: readonly string[]
}

const settingsSchema: z.ZodType<ProviderSettings> = z.strictObject({
  port: z.number().int().min(1).max(65535),
  keys: z.array(signingKeySchema).min(1),
  cookieKeys: z.array(z.string().min(32)).min(1),
})

/** Where a folder keeps its provider's keys and address. */
export function settingsFile(dir: string): string {
  return join(dir, 'provider.json')
}

/** The port is part of the issuer's address, so it is chosen once; cookies are for `localhost`, as the page is. */
export function issuerOf(port: number): string {
  return `http://localhost:${port}`
}

/**
 * The settings of a folder in use; `undefined` in a new one.
 * @throws DemoError when the file cannot be used, or `port` is another than the one chosen at the first start
 */
export async function readSettings(
  dir: string,
  port: number,
): Promise<ProviderSettings | undefined> {
  const file = settingsFile(dir)
  const settings = await readOwnFile(file, settingsSchema)
  if (settings !== undefined && port !== 0 && port !== settings.port)
    throw new DemoError(
      `the provider's port is ${settings.port}, as ${file} says, and not ${port}: tokens and grants name the issuer ${issuerOf(settings.port)}. Leave the port out, or use another folder`,
    )
  return settings
}

/** New keys, kept from now on. */
export async function makeSettings(dir: string, port: number): Promise<ProviderSettings> {
  const settings = settingsSchema.parse({
    port,
    keys: [await newSigningKey()],
    cookieKeys: [randomBytes(32).toString('base64url')],
  })
  await writeOwnFile(settingsFile(dir), settings)
  return settings
}
