import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ArgumentError } from './arguments.ts'
import { systemReason } from './system-reason.ts'

/** What somebody named as a folder, and what must be in it. */
export interface Named {
  /** The option or variable that names it. */
  readonly key: string
  readonly folder: string
  /** What is allowed, in words. */
  readonly allowed: string
}

/**
 * That what is needed of a folder is there: better known before hours of measuring than after.
 * @param entries files, and folders by a `/` at the end
 * @throws ArgumentError which says what is missing
 */
export async function checkNeeded(named: Named, entries: readonly string[]): Promise<void> {
  if (named.folder === '') throw refusal(named, '')
  let isFolder: boolean
  try {
    isFolder = (await stat(named.folder)).isDirectory()
  } catch (error) {
    throw refusal(named, ` (${systemReason(error)})`, error)
  }
  if (!isFolder) throw refusal(named, ', which is no folder')
  const missing: string[] = []
  for (const entry of entries) if (!(await isThere(named.folder, entry))) missing.push(entry)
  if (missing.length > 0) throw refusal(named, `, which has no ${missing.join(', ')}`)
}

/** @param what follows the folder's name */
export function refusal({ key, folder, allowed }: Named, what: string, cause?: unknown): Error {
  const found = folder === '' ? 'nothing' : folder
  return new ArgumentError(`${key}: found ${found}${what}; allowed is ${allowed}`, { cause })
}

async function isThere(folder: string, entry: string): Promise<boolean> {
  try {
    const found = await stat(join(folder, entry))
    return entry.endsWith('/') ? found.isDirectory() : found.isFile()
  } catch (error) {
    // Only the system's word is an answer.
    systemReason(error)
    return false
  }
}
