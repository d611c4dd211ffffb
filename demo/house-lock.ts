import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { DataFolderError } from '../data-folder.ts'
import { holdLock, StoreLocked } from '../ecosystems/store/lock.ts'

/**
 * Takes the folder for the house that is to run there, until the process ends or gives it back.
 * @throws DataFolderError when a house is running there
 */
export async function holdHouse(dir: string): Promise<() => Promise<void>> {
  try {
    return await holdLock(lockFile(dir))
  } catch (error) {
    if (!(error instanceof StoreLocked)) throw error
    throw new DataFolderError(`a demo house is running in ${dir} already`, { cause: error })
  }
}

/**
 * Sees that no house is running in the folder, and makes nothing in one that is new.
 * @throws DataFolderError when one is
 */
export async function expectNoHouse(dir: string): Promise<void> {
  const wasUsed = await access(lockFile(dir)).then(
    () => true,
    () => false,
  )
  if (!wasUsed) return
  const release = await holdHouse(dir)
  await release()
}

function lockFile(dir: string): string {
  return join(dir, 'demo.lock')
}
