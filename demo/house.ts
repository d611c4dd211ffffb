import { join } from 'node:path'
import { dataFolder, openDataFolder } from '../data-folder.ts'
import { setConditions } from './conditions.ts'
import { doorplate } from './doorplate.ts'
import {
  classes,
  deviceDir,
  furnish,
  isFurnished,
  noteFurnished,
  watchDir,
  watched,
} from './furnishing.ts'
import { configuredPort, configureHouse, home } from './house-config.ts'
import { expectNoHouse, holdHouse } from './house-lock.ts'
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
  /** Resolves: ends the house in order, also one that is still being set up. */
  readonly stopped?: Promise<void>
}

/** The demo was told to stop before all of it was up; nothing of it runs any more. */
export class DemoStopped extends Error {
  override readonly name = 'DemoStopped'
}

/** A demo house that runs. */
export interface DemoHouse {
  /** Address of the page. */
  readonly url: string
  /** Address of the WebSocket. */
  readonly webSocket: string
  /** The processes that run now, by name: `provider`, `router`, the prefixes of the devices, the watches. */
  pids(): Readonly<Record<string, number | undefined>>
  /** Ends all processes of the house. Resolves when they are gone. */
  stop(): Promise<void>
}

const defaultPort = 8080

/**
 * Runs the demo house: a provider, a router, four devices and two watches, each a process of its own that is started
 * again when it ends. Resolves when all are up.
 * @throws PortTaken, and DataFolderError when a house is running in the folder, before anything is started;
 * Error with the words of a child that cannot start; DemoStopped
 */
export async function runDemo(options: DemoOptions): Promise<DemoHouse> {
  const {
    dir,
    log = (line) => process.stderr.write(`${line}\n`),
    out = (text) => process.stdout.write(`${text}\n`),
  } = options
  // Before anything is made: the path may be too long for a socket, the port taken, the folder somebody else's.
  const folder = dataFolder(dir)
  await expectNoHouse(dir)
  const port = await freePort(options.port ?? (await configuredPort(dir)) ?? defaultPort)
  await openDataFolder(folder)
  const release = await holdHouse(dir)
  const journal = new Journal(join(dir, 'demo.log'))
  const children: Supervised[] = []
  const stopping = new AbortController()
  const start = async (definition: ChildDefinition): Promise<Readonly<Record<string, unknown>>> => {
    const child = new Supervised(definition, {
      said: (line, isNews) => {
        journal.write(definition.name, line)
        if (isNews) log(`${definition.name}: ${line}`)
      },
      happened: (what) => {
        journal.write(definition.name, what)
        log(`${definition.name}: ${what}`)
      },
    })
    stopping.signal.throwIfAborted()
    children.push(child)
    return child.start()
  }
  let end: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopping.abort()
    end ??= Promise.all(children.map((child) => child.stop())).then(release)
    return end
  }
  options.stopped?.then(stop).catch((error: unknown) => log(String(error)))

  try {
    const place = { dir, url: `http://localhost:${port}/`, webSocket: `ws://localhost:${port}/ws` }
    await openHouse(place, port, start, stopping.signal)
    stopping.signal.throwIfAborted()
    out(doorplate(place, await openPeople(dir)))
    const pids = (): Record<string, number | undefined> =>
      Object.fromEntries(children.map((child) => [child.name, child.pid]))
    return { url: place.url, webSocket: place.webSocket, pids, stop }
  } catch (error) {
    const wasStopped = stopping.signal.aborted
    await stop()
    throw wasStopped ? new DemoStopped('the demo was stopped', { cause: error }) : error
  }
}

async function openHouse(
  { dir, webSocket }: { readonly dir: string; readonly webSocket: string },
  port: number,
  start: (definition: ChildDefinition) => Promise<Readonly<Record<string, unknown>>>,
  stopped: AbortSignal,
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
    ? await furnish(dir, issuer, await openPeople(dir), stopped)
    : new Map<string, string>()
  const placeOf = (folder: string): readonly string[] => [
    '--dir',
    folder,
    '--url',
    webSocket,
    '--realm',
    home,
  ]
  const devices = Object.keys(classes).map((prefix) => {
    const code = codes.get(prefix)
    return start({
      name: prefix,
      module: './device',
      args: [
        '--thing',
        prefix,
        ...placeOf(deviceDir(dir, prefix)),
        ...(code === undefined ? [] : ['--code-stdin']),
      ],
      // One that was put in quarantine comes back by itself when it is let out.
      stubborn: !isNew,
      ...(code !== undefined && { input: code }),
    })
  })
  const watches = watched.map((person) =>
    start({
      name: `${person}_watch`,
      module: './watch',
      args: ['--person', person, '--house', dir, ...placeOf(watchDir(dir, person))],
      // So does that of a person who was disabled.
      stubborn: !isNew,
    }),
  )
  if (!isNew) {
    await Promise.allSettled([...devices, ...watches])
    return
  }
  await Promise.all([...devices, ...watches])
  await setConditions(dir, stopped)
  await noteFurnished(dir)
}
