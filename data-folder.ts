import { chmod, link, mkdir, readdir, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { configFileName } from './config.ts'
import { holdLock, StoreLocked } from './ecosystems/store/lock.ts'
import { longestSocketPathBytes } from './socket-path.ts'

/** The files of a data folder. */
export interface DataFolder {
  readonly dir: string
  readonly configFile: string
  readonly databaseFile: string
  /** The key by which the house speaks to its devices. */
  readonly houseKeyFile: string
  /** The one before it, while there are devices that trust that one. */
  readonly previousHouseKeyFile: string
  /** By which devices are told a name of their own for each person, where names are kept from them. */
  readonly pseudonymKeyFile: string
  /** The keys of the house's authorization server. */
  readonly authorityKeysFile: string
  /** Held by the router that runs for this folder. */
  readonly lockFile: string
  /** The management socket: whoever can open it is the operator. */
  readonly socketFile: string
}

/** The data folder cannot be used; the message says why and what would help. */
export class DataFolderError extends Error {
  override readonly name = 'DataFolderError'
}

/** @throws DataFolderError when the path is too long for the management socket */
export function dataFolder(path: string): DataFolder {
  const dir = resolve(path)
  const socketFile = join(dir, 'latchkey.sock')
  const bytes = Buffer.byteLength(socketFile)
  if (bytes > longestSocketPathBytes) {
    throw new DataFolderError(
      `${socketFile} is ${bytes} bytes long, a socket's path may have ${longestSocketPathBytes}: choose a data folder with a shorter path`,
    )
  }
  return {
    dir,
    configFile: join(dir, configFileName),
    databaseFile: join(dir, 'latchkey.db'),
    houseKeyFile: join(dir, 'house-key.pem'),
    previousHouseKeyFile: join(dir, 'house-key.previous.pem'),
    pseudonymKeyFile: join(dir, 'pseudonym-key.pem'),
    authorityKeysFile: join(dir, 'authority-keys.json'),
    lockFile: join(dir, 'latchkey.lock'),
    socketFile,
  }
}

/** What a new data folder is configured as, for one house. */
export const firstConfig: string = `# A house. docs/CONFIG.md describes every key.
listen:
  websocket: { host: localhost, port: 8080, path: /ws }
realms:
  - uri: home
    authmethods: [ticket, cryptosign]
    # Devices come again after a bare close; some client libraries never do after GOODBYE.
    shutdown: close
# Owners share devices by UMA 2.0, and devices without a screen are claimed by a code.
authority: {}
`

/**
 * Makes a data folder that only its owner can enter, with a configuration.
 * @throws DataFolderError when there is one already, or it cannot be written
 */
export async function createDataFolder(
  path: string,
  config: string = firstConfig,
): Promise<DataFolder> {
  const folder = dataFolder(path)
  await openDataFolder(folder)
  // Written whole or not at all: half a configuration, on a full disk say, would be in the way of the next try.
  const draft = `${folder.configFile}.new`
  try {
    await writeFile(draft, config, { mode: 0o600 })
    await link(draft, folder.configFile)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new DataFolderError(`${folder.configFile} cannot be written: ${String(error)}`, {
        cause: error,
      })
    }
    throw new DataFolderError(`${folder.configFile} is there already: nothing was changed`)
  } finally {
    // Gone or not, it is not what was asked for; the next try writes it anew.
    await unlink(draft).catch(() => undefined)
  }
  return folder
}

/**
 * Makes the folder if it is missing, and sees that nobody else can enter it: who can could open the management socket.
 * @throws DataFolderError for one that cannot be made, or that holds other things and is not ours to close to others
 */
export async function openDataFolder({ dir, configFile, databaseFile }: DataFolder): Promise<void> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new DataFolderError(`the folder ${dir} cannot be made: ${String(cause)}`, { cause })
  }
  const { mode } = await stat(dir)
  if ((mode & 0o077) === 0) return
  const names = await readdir(dir)
  const isOurs = [configFile, databaseFile].some((file) => names.includes(basename(file)))
  if (names.length > 0 && !isOurs) {
    throw new DataFolderError(
      `${dir} holds other things and is open to others: choose a folder that is empty or not there yet`,
    )
  }
  await chmod(dir, 0o700)
}

/**
 * Takes the folder for this process, until it ends or gives it back.
 * @throws DataFolderError when a router is running for this folder
 */
export async function holdDataFolder({
  dir,
  lockFile,
  socketFile,
}: DataFolder): Promise<() => Promise<void>> {
  try {
    const release = await holdLock(lockFile)
    // What a killed router left behind.
    await rm(socketFile, { force: true })
    return release
  } catch (error) {
    if (!(error instanceof StoreLocked)) throw error
    throw new DataFolderError(`a router is running for ${dir} already`, { cause: error })
  }
}
