import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { CallError } from '../clients/errors.ts'
import type { Dict } from '../clients/errors.ts'
import { errorUris, procedureUris } from '../realms/uris.ts'
import type { ProcedureUri } from '../realms/uris.ts'
import { home, pageClientId } from './house-config.ts'
import { ask, asOperator } from './management.ts'
import type { Management } from './management.ts'
import { writeOwnFile } from './provider-files.ts'

/** Somebody of the demo, and how far the house trusts that person. */
interface Inhabitant {
  readonly name: string
  readonly subject: string
}

/** Levels of the people of the demo, by name. */
export const levels: Readonly<Record<string, number>> = { owner: 1, friend: 2, guest: 3 }

/** The devices of the demo by prefix, with their classes. */
export const classes: Readonly<Record<string, string>> = {
  lamp: 'light',
  tv: 'tv',
  door: 'lock',
  safe: 'safe',
}

/** Who wears a watch that confirms. */
export const watched = ['owner', 'guest'] as const

/** Whether the house was furnished: from then on it is its owner's, and nothing of it is set again. */
export async function isFurnished(dir: string): Promise<boolean> {
  return exists(marker(dir))
}

/** Notes that all is in place. */
export async function noteFurnished(dir: string): Promise<void> {
  await writeOwnFile(marker(dir), { furnished: true })
}

/** Where a device of the demo keeps its key. */
export function deviceDir(dir: string, prefix: string): string {
  return join(dir, 'devices', prefix)
}

/** Where the watch of one of the people keeps its key. */
export function watchDir(dir: string, person: string): string {
  return join(dir, 'watches', person)
}

/**
 * Sets up ecosystem, provider, people and grants, and gives each device without a place a provisioning code. Each
 * step may have been done by an earlier try that was cut off. It is cut off when `stopped` is aborted.
 * Returns the codes by prefix.
 * @throws CallError, SessionLost
 */
export async function furnish(
  dir: string,
  issuer: string,
  people: readonly Inhabitant[],
  stopped: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  return asOperator(dir, stopped, async (management) => {
    await once(management, procedureUris.ecosystemCreate, { id: home, name: 'Home' })
    await once(management, procedureUris.idpAdd, {
      issuer,
      client_id: pageClientId,
      acr_map: { gold: 'aal2' },
    })
    for (const { name, subject } of people) {
      const level = levels[name]
      await once(management, procedureUris.personCreate, { id: name, name, issuer, subject })
      if (level !== undefined) await grant(management, name, level)
    }
    return provision(management, dir)
  })
}

async function grant(management: Management, to: string, level: number): Promise<void> {
  const query = { ecosystem: home, to, revoked: true }
  const { grants } = await ask(management, procedureUris.grantList, query)
  if (Array.isArray(grants) && grants.length > 0) return
  await ask(management, procedureUris.grantCreate, { to, ecosystem: home, level })
}

async function provision(
  management: Management,
  dir: string,
): Promise<ReadonlyMap<string, string>> {
  const codes = new Map<string, string>()
  for (const [prefix, kind] of Object.entries(classes)) {
    if (await exists(join(deviceDir(dir, prefix), 'device.json'))) continue
    // A conflict: the device is enrolled and was cut off before it could write that down. Its key will do.
    const made = await once(management, procedureUris.provisioningTokenCreate, {
      ecosystem: home,
      class: kind,
      count: 1,
      prefix,
    })
    const code: unknown = Array.isArray(made?.['codes']) ? made['codes'][0] : undefined
    if (typeof code === 'string') codes.set(prefix, code)
  }
  return codes
}

/** Asks for something to be made; `undefined`: it is there already. */
async function once(
  management: Management,
  uri: ProcedureUri,
  input: Dict,
): Promise<Dict | undefined> {
  try {
    return await ask(management, uri, input)
  } catch (error) {
    if (error instanceof CallError && error.uri === errorUris.conflict) return undefined
    throw error
  }
}

function marker(dir: string): string {
  return join(dir, 'demo.json')
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
