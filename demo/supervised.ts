import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Backoff } from '../clients/backoff.ts'
import type { BackoffOptions } from '../clients/backoff.ts'
import type { Dict } from '../clients/errors.ts'

/** A child of the demo's supervisor. */
export interface ChildDefinition {
  /** For people. */
  readonly name: string
  /** Path of its module without extension, relative to this one. */
  readonly module: string
  readonly args: readonly string[]
  /** Given on stdin at every start: arguments and environment can be read for as long as it runs. Default: nothing. */
  readonly input?: string
  /** Is started again and again although it could not start even once. */
  readonly stubborn?: boolean
}

/** Told what a child says, and what becomes of it. */
export interface Report {
  /** `isNews`: it wrote it to stdout, for people; on stderr programs write what may help to find a fault. */
  said(line: string, isNews: boolean): void
  happened(what: string): void
}

/** Ours are .ts when run from source and .js when built. */
const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
const leaveWithParent = new URL(`./child${extension}`, import.meta.url).href

/** How long and how often a child is waited for. */
export interface Patience {
  /** SIGKILL follows SIGTERM after this. Default 5,000. */
  readonly graceMs?: number
  /** From the start to the line that says it is ready; then it is killed. Default 30,000. */
  readonly readyMs?: number
  /** A child that lived this long was a good one: its next end is a first one again. Default 10,000. */
  readonly goodLifeMs?: number
  /** How often it is started before it was ever ready. Default 3. */
  readonly firstTries?: number
  /** Between its end and its next start. Default: 200 to 30,000 ms. */
  readonly backoff?: BackoffOptions
}

const defaultPatience: Required<Patience> = {
  graceMs: 5_000,
  readyMs: 30_000,
  goodLifeMs: 10_000,
  firstTries: 3,
  backoff: { shortestMs: 200, longestMs: 30_000 },
}

/** What a child ends with when it is its own arguments or files that are wrong: the same would happen again. */
const refusalCode = 2
const lastLines = 20

/**
 * One child process that is started again whenever it ends, until `stop`. It is ready when it writes a line of JSON
 * on stdout. Why it cannot start it says as `{"error":…}` to its parent or as a line `{"message":…}` on stderr; if it
 * does not, its last lines on stderr have to do. It has a process group of its own, so that Ctrl-C in a terminal reaches the supervisor alone.
 */
export class Supervised {
  readonly name: string
  readonly #definition: ChildDefinition
  readonly #report: Report
  readonly #patience: Required<Patience>
  readonly #backoff: Backoff
  #child: ChildProcess | undefined
  #restart: NodeJS.Timeout | undefined
  #stopping = false
  #lines: string[] = []
  #reported: string | undefined
  #isReady: (said: Dict) => void = () => undefined
  #isHopeless: (error: Error) => void = () => undefined
  #wasReady = false

  constructor(definition: ChildDefinition, report: Report, patience: Patience = {}) {
    this.name = definition.name
    this.#definition = definition
    this.#report = report
    this.#patience = { ...defaultPatience, ...patience }
    this.#backoff = new Backoff(this.#patience.backoff)
  }

  /** Of the process that runs now. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Starts it. Resolves with what its first ready line says. @throws Error with its last words when it cannot start */
  start(): Promise<Dict> {
    return new Promise((resolve, reject) => {
      this.#isReady = resolve
      this.#isHopeless = reject
      this.#spawn()
    })
  }

  /** Resolves when the process is gone: SIGTERM, and SIGKILL for one that stays. */
  async stop(): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#restart)
    const child = this.#child
    this.#isHopeless(new Error(`the ${this.name} was stopped before it was ready`))
    if (child === undefined || isGone(child)) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    const force = setTimeout(() => child.kill('SIGKILL'), this.#patience.graceMs)
    await gone
    clearTimeout(force)
  }

  #spawn(): void {
    const { module, args, input } = this.#definition
    const path = fileURLToPath(new URL(`${module}${extension}`, import.meta.url))
    const child = fork(path, args, {
      detached: true,
      execArgv: [...process.execArgv, '--import', leaveWithParent],
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', 'ipc'],
    })
    const startedAt = Date.now()
    const { readyMs } = this.#patience
    const late = setTimeout(() => {
      this.#report.happened(`is not ready after ${readyMs} ms`)
      child.kill('SIGKILL')
    }, readyMs)
    this.#child = child
    this.#lines = []
    this.#reported = undefined
    // One that ended before it read this has an end of its own to tell of.
    child.stdin?.on('error', (error) => this.#report.said(`stdin: ${String(error)}`, false))
    child.stdin?.end(input)
    child.on('message', (message: unknown) => {
      this.#reported ??= textIn(message, 'error')
    })
    if (child.stdout !== null)
      createInterface(child.stdout).on('line', (line) => {
        const said = jsonOf(line)
        if (said === undefined) return this.#report.said(line, true)
        clearTimeout(late)
        this.#wasReady = true
        this.#isReady(said)
      })
    if (child.stderr !== null)
      createInterface(child.stderr).on('line', (line) => {
        this.#lines = [...this.#lines, line].slice(-lastLines)
        this.#reported ??= textIn(jsonOf(line), 'message')
        this.#report.said(line, false)
      })
    child.on('error', (error) => this.#report.happened(String(error)))
    // `close` comes after the last line, unlike `exit`.
    child.once('close', (code, signal) => {
      clearTimeout(late)
      this.#ended(code, signal, Date.now() - startedAt)
    })
  }

  #ended(code: number | null, signal: NodeJS.Signals | null, livedMs: number): void {
    if (this.#stopping) return
    if (livedMs >= this.#patience.goodLifeMs) this.#backoff.reset()
    const pauseMs = this.#backoff.fail() ?? 0
    const end = `ended (${signal ?? `exit code ${code}`})`
    const isHopeless = code === refusalCode || this.#backoff.failures >= this.#patience.firstTries
    if (!this.#wasReady && isHopeless) {
      const said = this.#reported ?? this.#lines.join('\n')
      this.#isHopeless(new Error(said === '' ? `the ${this.name} ${end}` : said))
      if (this.#definition.stubborn !== true) return
    }
    this.#report.happened(`${end}; it is started again in ${(pauseMs / 1000).toFixed(1)} s`)
    this.#restart = setTimeout(() => this.#spawn(), pauseMs)
  }
}

function isGone({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

function textIn(value: unknown, key: string): string | undefined {
  const text = typeof value === 'object' && value !== null && (value as Dict)[key]
  return typeof text === 'string' ? text : undefined
}

function jsonOf(line: string): Dict | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Dict) : undefined
  } catch {
    return undefined
  }
}
