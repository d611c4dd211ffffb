/** What a procedure of a client does: gives its URI and arguments back, counts, waits, or says who it is. */
export type Endpoint = 'echo' | 'count' | 'wait' | 'who'

export interface RegisterOptions {
  readonly match?: 'prefix' | 'wildcard'
  readonly invoke?: 'roundrobin' | 'last'
  /** What a `who` calls itself. */
  readonly name?: string
}

export interface PublishOptions {
  readonly exclude_me?: false
  readonly disclose_me?: true
}

export interface Heard {
  readonly args: readonly unknown[]
  readonly details: Readonly<Record<string, unknown>>
}

/**
 * A session of a WAMP client in wide use, as its authors deliver it. All clients are asked the same; each says it to the
 * router in its own way.
 */
export interface InteropClient {
  readonly session: number
  /** Resolves with the one positional result. @throws Error whose message is the URI of the ERROR */
  call(uri: string, ...args: unknown[]): Promise<unknown>
  /** A call that asks for progress: all results, the last one last. */
  stream(uri: string, ...args: unknown[]): Promise<unknown[]>
  /** Calls, and gives the call up as soon as `called` resolves. Resolves with what the client makes of that. */
  cancel(uri: string, called: Promise<unknown>): Promise<string>
  /** `echo(a, b)` gives `[uri, a, b]`, `count(n)` 1 to n as progress, `who()` `[name, { caller?, procedure? }]`. */
  register(uri: string, endpoint: Endpoint, options?: RegisterOptions): Promise<void>
  /** Resolves when the router has acknowledged it. */
  publish(topic: string, args: readonly unknown[], options?: PublishOptions): Promise<void>
  subscribe(topic: string, match?: 'prefix' | 'wildcard'): Promise<void>
  /** The next event, on whatever subscription. */
  heard(): Promise<Heard>
  /** Resolves when an endpoint `wait` was interrupted; absent: this client takes no INTERRUPT. */
  interrupted?(): Promise<unknown>
  /** Resolves when it has come back by itself after its connection was lost. */
  rejoined(): Promise<void>
  leave(): Promise<void>
}

/** A client over a transport, with a serializer. */
export interface InteropWay {
  readonly name: string
  /** What this client can ask for and others cannot: that it be disclosed, and that it hears itself. */
  readonly asks: readonly ('disclose_me' | 'exclude_me: false')[]
  join(place: { readonly webSocket: string; readonly rawSocket: string }): Promise<InteropClient>
}

/** Things that come one by one, for who asks now or later. */
export class Arrivals<T> {
  readonly #came: T[] = []
  readonly #waiting: ((value: T) => void)[] = []

  push(value: T): void {
    const waiting = this.#waiting.shift()
    if (waiting === undefined) this.#came.push(value)
    else waiting(value)
  }

  next(): Promise<T> {
    if (this.#came.length > 0) return Promise.resolve(this.#came.shift() as T)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}
