import { createHash, randomBytes } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import { createDataFolder, dataFolder } from '../data-folder.ts'

/** What the demo sets in the configuration of its router. */
export interface HouseSettings {
  readonly port: number
  readonly issuer: string
}

/** The demo's realm, and its one ecosystem. */
export const home = 'home'

/** Audience of the demo's ID tokens. */
export const pageClientId = 'latchkey'

const textWith = (
  ticketSha256: string,
): string => `# The demo house. docs/CONFIG.md describes every key.
listen:
  websocket: { host: localhost, port: 8080, path: /ws }
realms:
  - uri: ${home}
    authmethods: [ticket, cryptosign]
    # Devices come again after a bare close; some client libraries never do after GOODBYE.
    shutdown: close
    # Who decides by rules of one's own: examples/authorizer joins by the ticket in ./authorizer.ticket.
    principals:
      - { authid: authorizer, role: authorizer, ticketSha256: ${ticketSha256} }
    rules:
      - { role: authorizer, uri: com.example., match: prefix, allow: { register: true } }
console: { realm: ${home}, issuer: http://localhost, clientId: ${pageClientId} }
authority: {}
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
  const document = parseDocument(known ?? textWith(await newTicket(dir)))
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

/** A component's ticket, in a file for whoever runs it; the configuration has its digest alone. */
async function newTicket(dir: string): Promise<string> {
  const ticket = randomBytes(32).toString('base64url')
  await writeFile(join(dir, 'authorizer.ticket'), `${ticket}\n`, { mode: 0o600 })
  return createHash('sha256').update(ticket).digest('hex')
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
