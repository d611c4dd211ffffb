import assert from 'node:assert/strict'
import { access, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { freePort } from '../../demo/port.ts'
import { until } from '../support/until.ts'
import { commandsOf } from './page.ts'
import { Shell } from './shell.ts'
import type { Ended } from './shell.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const longestMs = 300_000

/** What stands in capitals on the page, as the commands before have printed it. */
export type Found = Readonly<Record<string, string>>

/**
 * One journey of docs/JOURNEYS.md: a folder like a fresh clone that was built, with nothing of a house in it, the demo
 * house, a terminal, and a clock that runs.
 */
export class Journey {
  readonly dir: string
  readonly shell: Shell
  /** Of the page. */
  readonly url: string
  readonly #demo: ChildProcess
  readonly #commands: string[]
  readonly #beganAt: number
  readonly #config: string

  private constructor(parts: {
    readonly dir: string
    readonly url: string
    readonly shell: Shell
    readonly demo: ChildProcess
    readonly commands: readonly string[]
    readonly beganAt: number
    readonly config: string
  }) {
    this.dir = parts.dir
    this.url = parts.url
    this.shell = parts.shell
    this.#demo = parts.demo
    this.#commands = [...parts.commands]
    this.#beganAt = parts.beganAt
    this.#config = parts.config
  }

  /** `env`: what all processes of the journey get besides. */
  static async begin(letter: string, env: Readonly<Record<string, string>> = {}): Promise<Journey> {
    const commands = await commandsOf(letter)
    const beganAt = performance.now()
    const dir = await clone()
    const port = await freePort(0)
    const webSocket = `ws://localhost:${port}/ws`
    const { LATCHKEY_DIR: _elsewhere, ...outer } = process.env
    const all = { ...outer, ...env, LATCHKEY_URL: webSocket }
    // As `npm start` does; the port alone is another one, as somebody may be using 8080.
    const demo = spawn('node', ['dist/cli.js', 'demo', '--port', String(port)], {
      cwd: dir,
      env: all,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    for (const stream of [demo.stdout, demo.stderr])
      stream.on('data', (chunk: Buffer) => (said += String(chunk)))
    const isUp = (): boolean => said.includes('The house is open.') || demo.exitCode !== null
    try {
      await until(isUp, 90_000)
      assert.equal(demo.exitCode, null, said)
    } catch (error) {
      demo.kill('SIGTERM')
      throw error
    }
    const shell = new Shell(dir, all)
    await shell.run('latchkey() { node dist/cli.js "$@"; }')
    const config = await readFile(join(dir, 'latchkey-data/latchkey.yaml'), 'utf8')
    const url = `http://localhost:${port}/`
    return new Journey({ dir, url, shell, demo, commands, beganAt, config })
  }

  /** Of the WebSocket. */
  get webSocket(): string {
    return `${this.url.replace('http', 'ws')}ws`
  }

  /**
   * Types the next command of the page, which begins so, with what the ones before have printed.
   * `code`: what it must end with.
   */
  async step(beginning: string, code: number, found: Found = {}, waitMs?: number): Promise<Ended> {
    const command = this.#commands.shift()
    assert(command !== undefined, `the page has no ${beginning}`)
    assert(command.startsWith(beginning), `the page goes on with ${command}, not ${beginning}`)
    let typed = command
    for (const [word, value] of Object.entries(found)) {
      assert(typed.includes(word), `${command} names no ${word}`)
      typed = typed.replace(word, value)
    }
    const ended = await this.shell.run(typed, waitMs)
    assert.equal(ended.code, code, `${typed}: ${ended.out}${ended.err}`)
    return ended
  }

  /** All of the page was typed, nothing was edited, and it took less than five minutes. Resolves with how long. */
  async arrived(): Promise<number> {
    assert.deepEqual(this.#commands, [])
    const config = await readFile(join(this.dir, 'latchkey-data/latchkey.yaml'), 'utf8')
    assert.equal(config, this.#config)
    const tookMs = performance.now() - this.#beganAt
    assert.ok(tookMs < longestMs, `it took ${tookMs} ms`)
    return tookMs
  }

  /** Ends everything that was started. */
  async end(): Promise<void> {
    await this.shell.close()
    if (this.#demo.exitCode === null) {
      const gone = once(this.#demo, 'exit')
      this.#demo.kill('SIGTERM')
      const [code] = (await gone) as [number | null]
      assert.equal(code, 0)
    }
    await rm(this.dir, { recursive: true })
  }
}

/** A clone as `npm start` leaves it, but for the house: links to everything in it. */
async function clone(): Promise<string> {
  await access(join(root, 'dist/cli.js')).catch(() => {
    throw new Error('there is no dist/cli.js: npm run build makes it')
  })
  const dir = await mkdtemp(join(tmpdir(), 'lk-journey-'))
  const own = /^(?:\..*|latchkey-data|my-rule|lamp\d*|.*\.jwt)$/
  for (const name of await readdir(root))
    if (!own.test(name)) await symlink(join(root, name), join(dir, name))
  return dir
}
