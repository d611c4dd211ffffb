import type { Socket } from 'node:net'
import type { Server } from 'node:tls'
import type { Router } from '../router.ts'
import type { Certificates } from './certificates.ts'
import type { RawSocketEndpoint } from './rawsocket.ts'

/** What comes in on one port. */
export interface PortOptions {
  /** Takes what is neither TLS nor RawSocket. Absent: such connections are closed. */
  readonly http?: (socket: Socket) => void
  readonly rawsocket?: RawSocketEndpoint
  readonly certificates?: Certificates
  /** Whether connections without TLS are served too. */
  readonly plain: boolean
}

/** First octets: of a RawSocket handshake, and of a TLS record that carries a handshake. */
const rawSocketOctet = 0x7f
const tlsOctet = 0x16

/** A connection of which it is not known yet what it speaks. */
interface Entrant {
  /** Ends its time and its count. To be called when it is handed over. */
  settle(): void
  /** Ends its time alone, and gives away what ends its count. */
  handOver(): () => void
}

/**
 * Tells by the first octet of a connection what it speaks, before TLS and again inside it: RawSocket, HTTP (which
 * carries WebSocket and long-poll) and TLS have different ones. Who says nothing in `limits.joinMs` is closed, and
 * counts until then among the connections of its address that have not joined.
 */
export class Port {
  readonly #router: Router
  readonly #options: PortOptions
  readonly #tls: Server | undefined
  /** Those in their TLS handshake, by address and port of the other end. */
  readonly #securing = new Map<string, Entrant>()
  /** Those of which it is not known yet what they speak. */
  readonly #entering = new Set<Socket>()

  constructor(router: Router, options: PortOptions) {
    this.#router = router
    this.#options = options
    this.#tls = options.certificates?.createServer((socket) => {
      const entrant = this.#securing.get(endOf(socket))
      // Its time was over while the last of the handshake was under way.
      if (entrant === undefined) return void socket.destroy()
      socket.on('error', destroy)
      this.#listen(socket, (octet) => this.#hand(socket, octet, entrant))
    })
  }

  /** Takes a connection that nobody has read from. */
  admit(socket: Socket): void {
    socket.on('error', destroy)
    // HTTP servers leave connections half open; here, the end of what the client sends is the end.
    socket.allowHalfOpen = false
    const entrant = this.#enter(socket)
    if (entrant === undefined) return this.#turnAway(socket)
    this.#listen(socket, (octet) => {
      if (octet === tlsOctet && this.#tls !== undefined) {
        this.#securing.set(endOf(socket), entrant)
        this.#tls.emit('connection', socket)
      } else if (this.#options.plain) {
        this.#hand(socket, octet, entrant)
      } else {
        this.#refusePlain(socket, octet)
      }
    })
  }

  /** Ends those of which it is not known yet what they speak. */
  close(): void {
    for (const socket of this.#entering) socket.destroy()
  }

  #enter(socket: Socket): Entrant | undefined {
    const { clock, limits } = this.#router
    const leave = this.#router.enter(socket.remoteAddress ?? '', () => socket.destroy())
    if (leave === undefined) return undefined
    const endWaiting = clock.after(limits.joinMs, () => socket.destroy())
    const key = endOf(socket)
    const handOver = (): (() => void) => {
      endWaiting()
      this.#entering.delete(socket)
      this.#securing.delete(key)
      socket.off('close', settle)
      return leave
    }
    const settle = (): void => handOver()()
    this.#entering.add(socket)
    socket.once('close', settle)
    return { handOver, settle }
  }

  /** There are too many. RawSocket has a word for that, which the others would not understand. */
  #turnAway(socket: Socket): void {
    const { clock, limits } = this.#router
    socket.once(
      'close',
      clock.after(limits.goodbyeMs, () => socket.destroy()),
    )
    this.#listen(socket, (octet) => {
      const { rawsocket, plain } = this.#options
      if (octet !== rawSocketOctet || rawsocket === undefined || !plain) return socket.destroy()
      rawsocket.refuse(socket)
      return socket.resume()
    })
  }

  /** Reads until there is something, and puts it back. */
  #listen(socket: Socket, heard: (octet: number) => unknown): void {
    socket.once('data', (chunk: Buffer) => {
      socket.pause()
      socket.unshift(chunk)
      heard(chunk[0] ?? 0)
    })
  }

  #hand(socket: Socket, octet: number, entrant: Entrant): void {
    const { http, rawsocket } = this.#options
    if (rawsocket !== undefined && (octet === rawSocketOctet || http === undefined)) {
      rawsocket.accept(socket, entrant.handOver())
      socket.resume()
    } else if (http !== undefined) {
      entrant.settle()
      socket.allowHalfOpen = true
      http(socket)
      socket.resume()
    } else {
      socket.destroy()
    }
  }

  #refusePlain(socket: Socket, octet: number): void {
    if (this.#options.http === undefined || octet === rawSocketOctet) return void socket.destroy()
    const text = 'This port speaks TLS.\n'
    const head = `HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: ${text.length}`
    socket.once('finish', () => socket.destroy())
    socket.resume()
    socket.end(`${head}\r\n\r\n${text}`)
  }
}

function destroy(this: Socket): void {
  this.destroy()
}

function endOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}
