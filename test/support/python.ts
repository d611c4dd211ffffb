import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const root = join(import.meta.dirname, '../..')

export interface PythonPlace {
  /** `ws://…` or `rs://…` */
  readonly url: string
  readonly serializer: 'json' | 'msgpack' | 'cbor' | 'msgpack.batched' | 'cbor.batched'
  readonly realm: string
  readonly authid?: string
  readonly ticket?: string
  /** Joins again by itself when the connection is lost. */
  readonly reconnect?: boolean
}

export interface Joined {
  readonly session: number
  readonly authid: string
  readonly authrole: string
  readonly authmethod: string
  readonly serializer: string
}

/** What the options of autobahn for Python are called, and so what they hold. */
export type PythonOptions = Readonly<Record<string, string | number | boolean>>

export interface PythonEvent {
  readonly topic: string
  readonly args: readonly unknown[]
  readonly details: Readonly<Record<string, unknown>>
}

/** What a procedure in Python does: gives its arguments back, counts, waits to be canceled, says who it is. */
export type PythonProcedure = 'echo' | 'count' | 'wait' | 'who'

interface Line {
  readonly joined?: Joined
  readonly left?: { readonly reason: string }
  readonly event?: PythonEvent
  readonly progress?: readonly unknown[]
  readonly interrupted?: string
  readonly answer?: unknown
  readonly error?: { readonly uri: string; readonly args: readonly unknown[] }
}

/** A WAMP session of autobahn in a Python process of its own. */
export interface PythonSession {
  readonly joined: Joined
  /** The result. @throws Error whose message is the URI of the ERROR */
  call(uri: string, ...args: unknown[]): Promise<unknown>
  /** A call that wants progress: what came of it, the result last. */
  stream(uri: string, ...args: unknown[]): Promise<unknown[]>
  /** Calls and waits for nothing; `cancel` gives the call up. */
  start(uri: string, ...args: unknown[]): Promise<void>
  cancel(): Promise<void>
  /** Resolves with the procedure that was interrupted here. */
  interrupted(): Promise<string>
  publish(topic: string, ...args: unknown[]): Promise<void>
  publishWith(options: PythonOptions, topic: string, ...args: unknown[]): Promise<void>
  subscribe(topic: string, options?: PythonOptions): Promise<void>
  /** Offers a procedure; if not said otherwise it answers with its own URI and the arguments. */
  register(
    uri: string,
    as?: PythonProcedure,
    more?: { options?: PythonOptions; name?: string },
  ): Promise<void>
  /** The arguments of the next event, in order. */
  event(): Promise<readonly unknown[]>
  /** The next event with what it tells beside. */
  wholeEvent(): Promise<PythonEvent>
  /** Resolves when it has joined again by itself. */
  rejoined(): Promise<Joined>
  /** Why the router ended the session. */
  left(): Promise<string>
  /** Says GOODBYE. Resolves when the process is gone. */
  leave(): Promise<void>
}

/** Lines of one kind, in the order they came, for who asks now or later. */
class Lines<T> {
  readonly #came: T[] = []
  readonly #waiting: {
    readonly resolve: (value: T) => void
    readonly reject: (error: Error) => void
  }[] = []
  #end: Error | undefined

  push(value: T): void {
    const waiting = this.#waiting.shift()
    if (waiting === undefined) this.#came.push(value)
    else waiting.resolve(value)
  }

  end(error: Error): void {
    this.#end = error
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }

  next(): Promise<T> {
    const came = this.#came.shift()
    if (came !== undefined) return Promise.resolve(came)
    if (this.#end !== undefined) return Promise.reject(this.#end)
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }
}

/**
 * Joins with autobahn from `.cache/python`, which `npm test` installs.
 * @throws Error whose message begins with the URI of the ABORT
 */
export async function joinWithPython(place: PythonPlace): Promise<PythonSession> {
  const python = join(root, '.cache/python/bin/python')
  const script = join(root, 'test/interop/autobahn_session.py')
  const child = spawn(python, ['-u', script], { stdio: ['pipe', 'pipe', 'pipe'] })
  const ended = once(child, 'close')
  const answers = new Lines<Line>()
  const events = new Lines<PythonEvent>()
  const interruptions = new Lines<string>()
  const farewells = new Lines<string>()
  const joins = new Lines<Joined>()
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text))
  // The pipe of a process that has ended; its end is told below.
  child.stdin.on('error', () => undefined)
  let reason = ''
  let progress: unknown[] = []
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as Line
    if (line.joined !== undefined) joins.push(line.joined)
    else if (line.event !== undefined) events.push(line.event)
    else if (line.progress !== undefined) progress.push(...line.progress)
    else if (line.interrupted !== undefined) interruptions.push(line.interrupted)
    else if (line.left === undefined) answers.push(line)
    else {
      reason = line.left.reason
      farewells.push(reason)
    }
  })
  const close = (): void => {
    const error = new Error(`${reason || 'autobahn ended'} ${complaints}`.trim())
    for (const lines of [answers, events, farewells, joins, interruptions]) lines.end(error)
  }
  ended.then(close, (error: unknown) => {
    complaints += String(error)
    close()
  })
  const write = (line: object): void => void child.stdin.write(`${JSON.stringify(line)}\n`)
  const obey = async (command: object): Promise<unknown> => {
    write(command)
    const { answer, error } = await answers.next()
    if (error !== undefined) throw new Error(error.uri)
    return answer
  }
  write(place)
  const joined = await joins.next()
  return {
    joined,
    call: (call, ...args) => obey({ call, args }),
    async stream(call, ...args) {
      progress = []
      const result = await obey({ call, args, progress: true })
      return [...progress, result]
    },
    async start(start, ...args) {
      assert.equal(await obey({ start, args }), null)
    },
    async cancel() {
      assert.equal(await obey({ cancel: true }), null)
    },
    interrupted: () => interruptions.next(),
    async publish(publish, ...args) {
      assert.equal(await obey({ publish, args }), null)
    },
    async publishWith(options, publish, ...args) {
      assert.equal(await obey({ publish, args, options }), null)
    },
    async subscribe(subscribe, options) {
      assert.equal(await obey({ subscribe, options }), null)
    },
    async register(register, as, more) {
      assert.equal(await obey({ register, as, ...more }), null)
    },
    event: async () => (await events.next()).args,
    wholeEvent: () => events.next(),
    rejoined: () => joins.next(),
    left: () => farewells.next(),
    async leave() {
      child.stdin.end()
      await ended
    },
  }
}
