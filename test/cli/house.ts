import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { run } from '../../cli/program.ts'
import type { Terminal } from '../../cli/terminal.ts'
import { Device } from '../../clients/device.ts'
import { startOpenIdProvider, type OpenIdProvider } from '../support/openid-provider.ts'

/** What a command line came to. */
export interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** A terminal that keeps what is written, and is stopped by the test. */
export class Paper implements Terminal {
  readonly lines: string[] = []
  readonly complaints: string[] = []
  #stop: (() => void) | undefined
  #written: (() => void) | undefined

  out(line: string): void {
    this.lines.push(line)
    this.#written?.()
  }

  err(line: string): void {
    this.complaints.push(line)
  }

  onStop(listener: () => void): () => void {
    this.#stop = listener
    return () => (this.#stop = undefined)
  }

  stop(): void {
    this.#stop?.()
  }

  /** Resolves when so many lines are written. */
  async written(count: number): Promise<void> {
    while (this.lines.length < count)
      await new Promise<void>((resolve) => (this.#written = resolve))
  }
}

/** Runs a command line in this process: what it talks to is real all the same. */
export async function latchkey(...args: string[]): Promise<Outcome> {
  const paper = new Paper()
  const code = await run(args, paper)
  return { code, out: paper.lines.join('\n'), err: paper.complaints.join('\n') }
}

const program = fileURLToPath(new URL('../../cli.ts', import.meta.url))

/** Runs a command line as a process of its own. */
export function latchkeyProcess(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
}

/** What a process came to. */
export async function outcomeOf(child: ChildProcess): Promise<Outcome> {
  let out = ''
  let err = ''
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code: code ?? -1, out: out.trimEnd(), err: err.trimEnd() }
}

/** The first line that a process writes. */
export function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let err = ''
    child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()))
    child.once('close', () => reject(new Error(`it ended without a line: ${err}`)))
    if (child.stdout !== null) createInterface(child.stdout).once('line', resolve)
  })
}

/** A router as its own process, an OpenID provider, and two devices. */
export interface CliHouse {
  readonly dir: string
  readonly url: string
  readonly provider: OpenIdProvider
  readonly router: ChildProcess
  readonly lamp: Device
  /** Runs a command line for this data folder. */
  cli(...args: string[]): Promise<Outcome>
  /** The same with `--json`, whose answer it must be. */
  json(...args: string[]): Promise<Record<string, unknown>>
  /** A file with a fresh token of one of the people. */
  tokenFile(person: string): Promise<string>
  stop(): Promise<void>
}

/** `init`, `start`, and everything else by the command line: `owner` has level 1, `guest` 3; a lamp and a safe. */
export async function startCliHouse(): Promise<CliHouse> {
  const dir = await mkdtemp(join(tmpdir(), 'lk-cli-'))
  const port = await freePort()
  await must(latchkey('init', '--dir', dir))
  const configFile = join(dir, 'latchkey.yaml')
  const config = await readFile(configFile, 'utf8')
  await writeFile(configFile, config.replace('port: 8080', `port: ${port}`))
  const router = latchkeyProcess(['start', '--json', '--dir', dir])
  await firstLine(router)
  const provider = await startOpenIdProvider({ people: ['owner', 'guest'] })
  const cli = (...args: string[]): Promise<Outcome> => latchkey(...args, '--dir', dir)
  const json = async (...args: string[]): Promise<Record<string, unknown>> =>
    JSON.parse((await must(cli(...args, '--json'))).out) as Record<string, unknown>

  await json('ecosystem', 'create', 'home')
  const { issuer, clientId } = provider
  await json('idp', 'add', '--issuer', issuer, '--client-id', clientId)
  for (const [id, level] of [
    ['owner', '1'],
    ['guest', '3'],
  ] as const) {
    await json('person', 'create', '--id', id, '--name', id, '--issuer', issuer, '--subject', id)
    await json('grant', 'create', '--to', id, '--ecosystem', 'home', '--level', level)
  }
  const url = `ws://localhost:${port}/ws`
  const bring = async (deviceClass: string, verb: string): Promise<Device> => {
    const order = ['--ecosystem', 'home', '--class', deviceClass]
    const { codes } = await json('provisioning', 'token', 'create', ...order)
    const device = new Device({
      url,
      realm: 'home',
      stateDir: join(dir, deviceClass),
      code: (codes as string[])[0] ?? '',
      attributes: { maker: 'Acme' },
      procedures: { [verb]: ({ args, kwargs }) => ({ on: args[0] ?? kwargs['on'] ?? null }) },
      capabilities: [{ verb: 'on_change', action: 'subscribe' }],
    })
    await device.connect()
    return device
  }
  const lamp = await bring('light', 'switch')
  const safe = await bring('safe', 'open')

  return {
    dir,
    url,
    provider,
    router,
    lamp,
    cli,
    json,
    async tokenFile(person) {
      const file = join(dir, `${person}.jwt`)
      await writeFile(file, `${await provider.token(person)}\n`, { mode: 0o600 })
      return file
    },
    async stop() {
      for (const device of [lamp, safe]) await device.close()
      const gone = router.exitCode === null ? once(router, 'close') : undefined
      router.kill('SIGTERM')
      await gone
      await provider.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function must(running: Promise<Outcome>): Promise<Outcome> {
  const outcome = await running
  if (outcome.code !== 0) throw new Error(`exit ${outcome.code}: ${outcome.err}`)
  return outcome
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
