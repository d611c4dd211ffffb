import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { run, start, stop } from './child.ts'
import { freePair } from './ports.ts'
import type { PeerName } from './row.ts'
import type { Subject } from './subject.ts'

const installMs = 10 * 60_000

/** Other routers, and the relays that are Node's ceilings, by the scripts of the folder that WAMP_BENCH names. */
export class Peers {
  readonly #folder: string

  constructor(wampBench: string) {
    this.#folder = join(wampBench, 'peers')
  }

  /** What it is, for instance `fox-wamp 0.7.28, node v20.20.2`; undefined when it is not installed. */
  async version(name: PeerName): Promise<string | undefined> {
    const { code, out } = await run(this.#script(name), ['version'])
    return code === 0 && out.trim() !== '' ? out.trim() : undefined
  }

  /** The version; what is not there is installed first. An error's text, where that does not work. */
  async install(
    name: PeerName,
    say: (line: string) => void,
  ): Promise<{ readonly version: string } | { readonly missing: string }> {
    const there = await this.version(name)
    if (there !== undefined) return { version: there }
    say(`Installing ${name} (${this.#script(name)} install).`)
    const { err } = await run(this.#script(name), ['install'], { withinMs: installMs })
    const version = await this.version(name)
    return version === undefined
      ? { missing: err.trim().split('\n').at(-1) ?? 'it says nothing' }
      : { version }
  }

  async start(name: PeerName): Promise<Subject> {
    const port = await freePair()
    const child = start(this.#script(name), ['start', String(port)], { stderr: 'ignore' })
    const pid = await new Promise<number>((resolve, reject) => {
      if (child.stdout === null) return reject(new Error(`${name} has no output`))
      const lines = createInterface({ input: child.stdout })
      lines.once('line', (line) => resolve(Number(/^READY (\d+)/.exec(line)?.[1])))
      lines.once('close', () => reject(new Error(`${name} does not start`)))
    })
    const isRelay = name.startsWith('relay-')
    return {
      pid,
      webSocket: `ws://127.0.0.1:${port}${isRelay ? '' : '/ws'}`,
      rawSocket: `tcp://127.0.0.1:${port + 1}`,
      isRelay,
      // The script passes it on to what it started.
      stop: () => stop(child),
    }
  }

  #script(name: PeerName): string {
    return join(this.#folder, `${name}.sh`)
  }
}
