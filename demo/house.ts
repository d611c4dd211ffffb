import { join } from 'node:path'
import { dataFolder, openDataFolder } from '../data-folder.ts'
import { doorplate } from './doorplate.ts'
import { classes, deviceDir, furnish, isFurnished, noteFurnished } from './furnishing.ts'
import { configuredPort, configureHouse, home } from './house-config.ts'
import { Journal } from './journal.ts'
import { openPeople } from './people.ts'
import { freePort } from './port.ts'
import { Supervised } from './supervised.ts'
import type { ChildDefinition } from './supervised.ts'

/** Options of the demo house. */
export interface DemoOptions {
  /** Data folder: made and set up when it is empty, else gone on with. */
  readonly dir: string
  /** Of page and WebSocket, on localhost. Default: the folder's, or 8080 for a new one. 0: a free one. */
  readonly port?: number
  /** Told what happens to the children, for people. Default: stderr. Everything is in `demo.log` in the folder, too. */
  readonly log?: (line: string) => void
  /** Told what there is to see and to try. Default: stdout. */
  readonly out?: (text: string) => void
}

/** A demo house that runs. */
export interface DemoHouse {
  /** Address of the page. */
  readonly url: string
  /** Address of the WebSocket. */
  readonly webSocket: string
  /** The processes that run now, by name: `provider`, `router` and the prefixes of the devices. */
  pids(): Readonly<Record<string, number | undefined>>
  /** Ends all processes of the house. Resolves when they are gone. */
  stop(): Promise<void>
}

const defaultPort = 8080
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Runs the demo house: a provider, a router and four devices, each a process of its own that is started again when
 * it ends. Resolves when all are up. SIGINT, SIGTERM and SIGHUP end it in order.
 * @throws PortTaken before anything is started; Error with the words of a child that cannot start
 */
export async function runDemo(options: DemoOptions): Promise<DemoHouse> {
  const {
    dir,
    log = (line) => process.stderr.write(`${line}\n`),
    out = (text) => process.stdout.write(`${text}\n`),
  } = options
  // Before anything is made: the path may be too long for a socket, the port taken, the folder somebody else's.
  const folder = dataFolder(dir)
  const port = await freePort(options.port ?? (await configuredPort(dir)) ?? defaultPort)
  await openDataFolder(folder)
  const journal = new Journal(join(dir, 'demo.log'))
  const children: Supervised[] = []
  let stopping = false
  const start = async (definition: ChildDefinition): Promise<Readonly<Record<string, unknown>>> => {
    const child = new Supervised(definition, {
      said: (line) => journal.write(definition.name, line),
      happened: (what) => {
        journal.write(definition.name, what)
        log(`${definition.name}: ${what}`)
      },
    })
    if (stopping) throw new Error('the demo was stopped while it started')
    children.push(child)
    return child.start()
  }
  const stop = async (): Promise<void> => {
    stopping = true
    for (const signal of signals) process.off(signal, stopAtSignal)
    await Promise.all(children.map((child) => child.stop()))
  }
  const stopAtSignal = (): void => {
    stop().catch((error: unknown) => log(String(error)))
  }
  for (const signal of signals) process.on(signal, stopAtSignal)

  try {
    const place = { dir, url: `http://localhost:${port}/`, webSocket: `ws://localhost:${port}/ws` }
    await openHouse(place, port, start)
    out(doorplate(place, await openPeople(dir)))
    const pids = (): Record<string, number | undefined> =>
      Object.fromEntries(children.map((child) => [child.name, child.pid]))
    return { url: place.url, webSocket: place.webSocket, pids, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function openHouse(
  { dir, webSocket }: { readonly dir: string; readonly webSocket: string },
  port: number,
  start: (definition: ChildDefinition) => Promise<Readonly<Record<string, unknown>>>,
): Promise<void> {
  const provider = await start({
    name: 'provider',
    module: './provider',
    args: ['--dir', dir, '--page-port', String(port)],
  })
  const issuer = String(provider['issuer'])
  await configureHouse(dir, { port, issuer })
  await start({ name: 'router', module: '../cli', args: ['start', '--json', '--dir', dir] })
  const isNew = !(await isFurnished(dir))
  const codes = isNew
    ? await furnish(dir, issuer, await openPeople(dir))
    : new Map<string, string>()
  const devices = Object.keys(classes).map((prefix) => {
    const args = ['--thing', prefix, '--dir', deviceDir(dir, prefix), '--url', webSocket]
    const code = codes.get(prefix)
    return start({
      name: prefix,
      module: './device',
      args: [...args, '--realm', home],
      // One that was put in quarantine comes back by itself when it is let out.
      stubborn: !isNew,
      ...(code !== undefined && { env: { LATCHKEY_CODE: code } }),
    })
  })
  if (!isNew) {
    await Promise.allSettled(devices)
    return
  }
  await Promise.all(devices)
  await noteFurnished(dir)
}
