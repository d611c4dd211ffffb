import type { PeerFacts } from '../../router/access.ts'
import type { Router } from '../../router/router.ts'
import type { CloseReason, Transport, TransportSink } from '../../router/transport.ts'
import { json } from '../../router/wire/json.ts'
import type { Serializer } from '../../router/wire/serializer.ts'

type Wire = readonly unknown[]

/** A client without a socket: what is measured is the router, not the machine's network. JSON. */
export class Client implements Transport {
  readonly serializer: Serializer = json
  readonly peer: PeerFacts
  readonly maxFrameBytes: number = Infinity
  readonly pendingBytes: number = 0
  /** Resolves when the router has closed the connection. */
  readonly closed: Promise<CloseReason>
  #close: (reason: CloseReason) => void = () => undefined
  readonly #sink: TransportSink
  readonly #waiting = new Map<number, (answer: Wire) => void>()
  #hear: ((message: Wire) => void) | undefined
  /** Called for each INVOCATION. */
  serve: ((request: number) => void) | undefined
  #request = 0

  constructor(router: Router, facts: Partial<PeerFacts> = {}) {
    this.peer = { transport: 'local', address: '', operator: false, ...facts }
    this.closed = new Promise((resolve) => (this.#close = resolve))
    const sink = router.attach(this)
    if (sink === undefined) throw new Error('the router takes no more connections')
    this.#sink = sink
  }

  /** Joins by a ticket, or as the operator where the facts say so. */
  async join(realm: string, ticket?: string): Promise<this> {
    const answered = (): Promise<Wire> => new Promise((resolve) => (this.#hear = resolve))
    const roles = { caller: {}, callee: {}, publisher: {}, subscriber: {} }
    const hello = answered()
    this.#send([1, realm, { roles, ...(ticket !== undefined && { authmethods: ['ticket'] }) }])
    let answer = await hello
    if (answer[0] === 4) {
      const welcome = answered()
      this.#send([5, ticket, {}])
      answer = await welcome
    }
    if (answer[0] !== 2) throw new Error(`not welcome: ${JSON.stringify(answer)}`)
    this.#hear = undefined
    return this
  }

  /** The answer to a message that has a request id as its second element. */
  ask(type: number, ...rest: readonly unknown[]): Promise<Wire> {
    const request = ++this.#request
    const answer = new Promise<Wire>((resolve) => this.#waiting.set(request, resolve))
    this.#send([type, request, ...rest])
    return answer
  }

  /** Calls a procedure of the house's own and returns its dictionary. */
  async manage(procedure: string, input: object): Promise<Readonly<Record<string, unknown>>> {
    const answer = await this.ask(48, {}, `latchkey.${procedure}`, [], input)
    if (answer[0] !== 50) throw new Error(`${procedure}: ${JSON.stringify(answer)}`)
    return (answer[3] as Readonly<Record<string, unknown>>[])[0] ?? {}
  }

  yield(request: number): void {
    this.#send([70, request, {}])
  }

  send(frame: Buffer): void {
    const message = JSON.parse(frame.toString()) as Wire
    const [type, second, third] = message
    if (this.#hear !== undefined) return this.#hear(message)
    if (type === 68) {
      const request = second as number
      // Whoever is sent a message must not call the router before that returns.
      return queueMicrotask(() => this.serve?.(request))
    }
    const request = (type === 8 ? third : second) as number
    const waiting = this.#waiting.get(request)
    this.#waiting.delete(request)
    waiting?.(message)
  }

  pause(): void {}

  resume(): void {}

  close(reason: CloseReason): void {
    this.#close(reason)
    setImmediate(() => this.#sink.closed())
  }

  #send(message: Wire): void {
    this.#sink.receive(Buffer.from(JSON.stringify(message)))
  }
}
