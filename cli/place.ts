import { ConfigError, loadDataFolder, type Config } from '../config.ts'
import { dataFolder } from '../data-folder.ts'
import { webSocketUrl } from '../listen-config.ts'
import { Failure, usage } from './failure.ts'

/** Which router, and what of it, a command is about. */
export interface PlaceOptions {
  /** The data folder. */
  readonly dir: string
  readonly realm?: string
  readonly url?: string
}

/** The management socket of a data folder. @throws DataFolderError */
export function socketPath(place: PlaceOptions): string {
  return dataFolder(place.dir).socketFile
}

/** The realm to join: the one asked for, or the only one there is. */
export async function realmOf(place: PlaceOptions): Promise<string> {
  if (place.realm !== undefined) return place.realm
  const { realms } = await configOf(place, '--realm')
  const [first] = realms
  if (first !== undefined && realms.length === 1) return first.uri
  const allowed = realms.map(({ uri }) => uri).join(', ')
  throw usage(`--realm: missing, allowed is one of the realms of ${place.dir}: ${allowed}`)
}

/** Where sessions with a token join. */
export async function urlOf(place: PlaceOptions): Promise<string> {
  if (place.url !== undefined) return place.url
  const { websocket } = (await configOf(place, '--url')).listen
  if (websocket === undefined)
    throw usage(`--url: missing, and ${place.dir} has no "listen.websocket" to take it from`)
  return webSocketUrl(websocket)
}

async function configOf({ dir }: PlaceOptions, flag: string): Promise<Config> {
  const { configFile } = dataFolder(dir)
  try {
    return await loadDataFolder(dir)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new Failure(
      'wamp.error.invalid_argument',
      `${flag}: missing, and it cannot be taken from ${configFile}: ${error.problems.join('; ')}`,
      { cause: error },
    )
  }
}
