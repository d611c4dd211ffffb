/** The part of a browser's WebSocket that a client needs. */
export interface WebSocketLike {
  readonly readyState: number
  readonly protocol: string
  binaryType: string
  onopen: ((event: never) => void) | null
  onmessage: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  onerror: ((event: never) => void) | null
  send(data: string | Uint8Array<ArrayBuffer>): void
  close(): void
  /** Ends the connection without waiting for the peer, where that can be done. */
  terminate?(): void
}

/** `WebSocket` of a browser, of the package `ws`, or one of `rawSocketClass` or `longPollClass`. */
export type WebSocketClass = new (url: string, protocols: string[]) => WebSocketLike

/** What the owner of a wire is told. */
export interface WireWatch {
  /**
   * The connection is gone; wampy is told next, and rejects what was pending. `reason` is for people: the close
   * frame's where there was one.
   */
  ending(reason: string): void
  /** The connection is gone and wampy knows. Called once. */
  ended(): void
}

type Listener = ((event: unknown) => unknown) | null

/**
 * Stands between wampy and its WebSocket. Tells why a connection ended, which wampy keeps to itself; can end a
 * connection whose peer is silent; and turns a failure inside wampy's handlers, which would be an unhandled
 * rejection and so the end of a Node process, into the end of one connection.
 */
export class Wire {
  onopen: Listener = null
  onmessage: Listener = null
  onclose: Listener = null
  onerror: Listener = null
  readonly #socket: WebSocketLike
  readonly #watch: WireWatch
  #failure = ''
  #ended = false

  constructor(socket: WebSocketLike, watch: WireWatch) {
    this.#socket = socket
    this.#watch = watch
    Object.assign(socket, {
      onopen: () => this.#tell(this.onopen, undefined),
      onmessage: (event: unknown) => this.#tell(this.onmessage, event),
      onerror: (event: { message?: string }) => {
        this.#failure ||= event.message || 'the connection failed'
        this.#tell(this.onerror, event)
      },
      onclose: (event: { code?: number; reason?: string }) => {
        const ending = `the connection was closed (${event.code ?? 'no code'})`
        this.#end(event.reason || this.#failure || ending)
      },
    })
  }

  get readyState(): number {
    return this.#socket.readyState
  }

  get protocol(): string {
    return this.#socket.protocol
  }

  set binaryType(type: string) {
    this.#socket.binaryType = type
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(data)
  }

  close(): void {
    this.#socket.close()
  }

  /** Ends the connection at once, whether or not the peer answers. */
  drop(reason: string): void {
    if (this.#ended) return
    const socket = this.#socket
    // A socket that is ended while it connects reports an error, and one without listener would be thrown.
    const deaf = { onopen: null, onmessage: null, onclose: null, onerror: (): void => undefined }
    Object.assign(socket, deaf)
    if (socket.terminate === undefined) socket.close()
    else socket.terminate()
    this.#end(reason)
  }

  #end(reason: string): void {
    if (this.#ended) return
    this.#ended = true
    this.#watch.ending(reason)
    const told = new Promise((resolve) => resolve(this.onclose?.({ reason })))
    told.then(
      () => this.#watch.ended(),
      () => this.#watch.ended(),
    )
  }

  #tell(listener: Listener, event: unknown): void {
    const told = new Promise((resolve) => resolve(listener?.(event)))
    told.catch((error: unknown) => this.drop(`client failure: ${String(error)}`))
  }
}
