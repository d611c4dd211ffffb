import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { until } from '../support/until.ts'

/** What a command has ended with. */
export interface Ended {
  readonly code: number
  /** What came while it ran, also from what runs in the background. */
  readonly out: string
  readonly err: string
}

/** A bash as in somebody's terminal: one folder, one environment, jobs that can be named (`%1`). */
export class Shell {
  readonly #bash: ChildProcess
  readonly #text = { out: '', err: '' }
  #count = 0

  constructor(cwd: string, env: NodeJS.ProcessEnv) {
    this.#bash = spawn('bash', ['--norc', '--noprofile', '-s'], {
      cwd,
      env,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#bash.stdout?.on('data', (chunk: Buffer) => (this.#text.out += String(chunk)))
    this.#bash.stderr?.on('data', (chunk: Buffer) => (this.#text.err += String(chunk)))
    // Each job has a process group of its own, as in a terminal, so that `kill %1` reaches all of it.
    this.#bash.stdin?.write('set -m\n')
  }

  /** Everything that was written so far. */
  get out(): string {
    return this.#text.out
  }

  /** Types a command and waits until it is done. Rejects after `waitMs`. */
  async run(command: string, waitMs = 60_000): Promise<Ended> {
    const mark = `-- ${process.pid} ${++this.#count} --`
    const from = { out: this.#text.out.length, err: this.#text.err.length }
    // What a command does not read it must not be able to take from the next one.
    this.#bash.stdin?.write(`{ ${command}\n} </dev/null\n`)
    this.#bash.stdin?.write(`code=$?; echo "${mark} $code"; echo "${mark}" >&2\n`)
    const isDone = (): boolean =>
      this.#text.out.indexOf(mark, from.out) >= 0 && this.#text.err.indexOf(mark, from.err) >= 0
    await until(() => isDone() || this.#bash.exitCode !== null, waitMs).catch(() => undefined)
    const out = this.#text.out.slice(from.out)
    const err = this.#text.err.slice(from.err)
    if (!isDone()) throw new Error(`${command} is not done after ${waitMs} ms: ${out}${err}`)
    const [said = '', rest = ''] = out.split(mark)
    return { code: Number(rest.trim()), out: said, err: err.split(mark)[0] ?? '' }
  }

  /** Ends the shell and what runs in its background. */
  async close(): Promise<void> {
    if (this.#bash.exitCode !== null) return
    const gone = once(this.#bash, 'exit')
    this.#bash.stdin?.end('for job in $(jobs -p); do kill -TERM -- -$job; done; wait\n')
    await gone
  }
}
