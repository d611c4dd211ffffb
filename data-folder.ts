import { chmod, mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join, resolve } from 'node:path'
import { configFileName } from './config.ts'

/** The longest path of a Unix socket that Linux takes (sun_path, without its closing zero). */
const longestSocketPathBytes = 107

/** The files of a data folder. */
export interface DataFolder {
  readonly dir: string
  readonly configFile: string
  readonly databaseFile: string
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
`

/**
 * Makes a data folder that only its owner can enter, with a configuration.
 * @throws DataFolderError when there is one already
 */
export async function createDataFolder(
  path: string,
  config: string = firstConfig,
): Promise<DataFolder> {
  const folder = dataFolder(path)
  await openDataFolder(folder)
  try {
    await writeFile(folder.configFile, config, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new DataFolderError(`${folder.configFile} is there already: nothing was changed`)
  }
  return folder
}

/** Makes the folder if it is missing, and sees that nobody else can enter it. */
export async function openDataFolder({ dir }: DataFolder): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const { mode } = await stat(dir)
  // Whoever can enter could open the management socket or read the database.
  if ((mode & 0o077) !== 0) await chmod(dir, 0o700)
}

/**
 * Makes way for the management socket. What a killed router left behind is removed.
 * @throws DataFolderError when a router is running for this folder
 */
export async function clearSocket({ socketFile, dir }: DataFolder): Promise<void> {
  if (await answers(socketFile)) {
    throw new DataFolderError(`a router is running for ${dir} already`)
  }
  await rm(socketFile, { force: true })
}

function answers(socketFile: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(socketFile)
    socket.once('connect', () => {
      socket.destroy()
      done(true)
    })
    socket.once('error', () => done(false))
  })
}
