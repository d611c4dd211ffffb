import { join } from 'node:path'
import { run, start, stop, type Output } from './child.ts'
import { LastWords } from './last-words.ts'
import { freePair } from './ports.ts'
import { ready } from './ready.ts'
import type { PeerName } from './row.ts'
import type { Subject } from './subject.ts'
import { within } from './within.ts'

const installMs = 10 * 60_000
const startMs = 30_000
const versionMs = 30_000

/** How long is waited for a script. */
export interface PeerBounds {
  readonly startMs?: number
  readonly versionMs?: number
}

/** Other routers, and the relays that are Node's ceilings, by the scripts of the folder that WAMP_BENCH names. */
export class Peers {
  readonly #folder: string
  readonly #bounds: Required<PeerBounds>

  constructor(wampBench: string, bounds: PeerBounds = {}) {
    this.#folder = join(wampBench, 'peers')
    this.#bounds = { startMs, versionMs, ...bounds }
  }

  /**
   * What it is, for instance `fox-wamp 0.7.28, node v20.20.2`; what is not there is installed first. An error's text,
   * where that does not work.
   */
  async install(
    name: PeerName,
    say: (line: string) => void,
  ): Promise<{ readonly version: string } | { readonly missing: string }> {
    const there = versionIn(await this.#version(name))
    if (there !== undefined) return { version: there }
    say(`Installing ${name} (${this.#script(name)} install).`)
    const installed = await this.#run(name, 'install', installMs)
    const told = await this.#version(name)
    const version = versionIn(told)
    if (version !== undefined) return { version }
    const { err } = installed.code === 0 ? told : installed
    return { missing: err.trim().split('\n').at(-1) || 'it says nothing' }
  }

  /** @throws Error with its last words, when it ends, says something else than that it is ready, or takes too long */
  async start(name: PeerName, core?: number): Promise<Subject> {
    const port = await freePair()
    const child = start(this.#script(name), ['start', String(port)], { isGroup: true, core })
    const lastWords = new LastWords(child.stderr)
    let pid: number
    try {
      pid = await within(this.#bounds.startMs, 'waiting for READY', ready(child))
    } catch (error) {
      await stop(child)
      const why = `${name} does not start: ${(error as Error).message}`
      throw new Error(lastWords.behind(why), { cause: error })
    }
    const isRelay = name.startsWith('relay-')
    return {
      pid,
      webSocket: `ws://127.0.0.1:${port}${isRelay ? '' : '/ws'}`,
      rawSocket: `tcp://127.0.0.1:${port + 1}`,
      isRelay,
      lastWords,
      // The script passes it on to what it started.
      stop: () => stop(child),
    }
  }

  #version(name: PeerName): Promise<Output> {
    return this.#run(name, 'version', this.#bounds.versionMs)
  }

  #run(name: PeerName, action: string, withinMs: number): Promise<Output> {
    return run(this.#script(name), [action], { withinMs, isGroup: true })
  }

  #script(name: PeerName): string {
    return join(this.#folder, `${name}.sh`)
  }
}

/** Undefined: it is not installed. */
function versionIn({ code, out }: Output): string | undefined {
  return code === 0 && out.trim() !== '' ? out.trim() : undefined
}
