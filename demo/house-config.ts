import { readFile } from 'node:fs/promises'
import { parseDocument } from 'yaml'
import { createDataFolder, dataFolder } from '../data-folder.ts'
import { writeFile, rename } from 'node:fs/promises'

/** What the demo sets in the configuration of its router. */
export interface HouseSettings {
  readonly port: number
  readonly issuer: string
}

/** The demo's realm, and its one ecosystem. */
export const home = 'home'

/** Audience of the demo's ID tokens. */
export const pageClientId = 'latchkey'

const text = `# The demo house. docs/CONFIG.md describes every key.
listen:
  websocket: { host: localhost, port: 8080, path: /ws }
realms:
  - uri: ${home}
    authmethods: [ticket, cryptosign]
    # Devices come again after a bare close; some client libraries never do after GOODBYE.
    shutdown: close
console: { realm: ${home}, issuer: http://localhost, clientId: ${pageClientId} }
log: { level: warn }
`

const portPath = ['listen', 'websocket', 'port']
const issuerPath = ['console', 'issuer']

/** The port that a folder's configuration names; `undefined` in a new folder. */
export async function configuredPort(dir: string): Promise<number | undefined> {
  const known = await readIfThere(dataFolder(dir).configFile)
  const port: unknown = known === undefined ? undefined : parseDocument(known).getIn(portPath)
  return typeof port === 'number' ? port : undefined
}

/**
 * Makes the configuration of the demo's router, or sees that the one there names this port and this provider;
 * everything else in it is left as its owner wrote it.
 * @throws DataFolderError
 */
export async function configureHouse(dir: string, settings: HouseSettings): Promise<void> {
  const { configFile } = dataFolder(dir)
  const known = await readIfThere(configFile)
  const document = parseDocument(known ?? text)
  document.setIn(portPath, settings.port)
  document.setIn(issuerPath, settings.issuer)
  const wanted = document.toString()
  if (known === undefined) {
    await createDataFolder(dir, wanted)
  } else if (known !== wanted) {
    await writeFile(`${configFile}.new`, wanted, { mode: 0o600 })
    await rename(`${configFile}.new`, configFile)
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
