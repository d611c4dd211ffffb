import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { masked, type NumberedFrame } from './numbered-frame.ts'

type Wire = readonly unknown[]

const noBytes = Buffer.alloc(0)
const text = 1
const ping = 9
const pong = 10
const closing = 8

/**
 * A WebSocket connection for WAMP in JSON that costs next to nothing: frames are read where they lie, nothing is parsed
 * that nobody asks for, and what is sent in one tick leaves in one write, masked with a key that is not zero.
 */
export class Line {
  readonly #socket: Socket
  #rest: Buffer = noBytes
  #out: Buffer = noBytes
  #outBytes = 0
  /** Called with each message, of which only the bytes from `start` to `stop` are it. */
  receive: (chunk: Buffer, start: number, stop: number) => void = () => undefined
  /** Called when the router ends the connection; not after `close`. */
  lost: () => void = () => undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('error', () => undefined)
    socket.on('close', () => this.lost())
  }

  /** @param url `ws://HOST:PORT/PATH` */
  static async open(url: string): Promise<Line> {
    const { hostname, port, pathname, host } = new URL(url)
    const socket = connect({ host: hostname, port: Number(port), noDelay: true })
    await once(socket, 'connect')
    const line = new Line(socket)
    const key = randomBytes(16).toString('base64')
    const upgrade = ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13']
    const more = [`Sec-WebSocket-Key: ${key}`, 'Sec-WebSocket-Protocol: wamp.2.json']
    socket.write(
      [`GET ${pathname} HTTP/1.1`, `Host: ${host}`, ...upgrade, ...more, '', ''].join('\r\n'),
    )
    let head = Buffer.alloc(0)
    const ended = once(socket, 'close').then(() => {
      throw new Error('the router closed the connection')
    })
    while (!head.includes('\r\n\r\n')) {
      const [chunk] = (await Promise.race([once(socket, 'data'), ended])) as [Buffer]
      head = Buffer.concat([head, chunk])
    }
    // Whoever joins hears of it from now on.
    ended.catch(() => undefined)
    if (!head.toString('latin1').startsWith('HTTP/1.1 101 '))
      throw new Error(`no WebSocket: ${head.toString('latin1', 0, 100)}`)
    socket.on('data', (chunk: Buffer) => line.#read(chunk))
    return line
  }

  /** Joins, and answers a challenge if there is one. @throws Error with what came instead of WELCOME */
  async join(realm: string, details: object, prove?: (challenge: Wire) => string): Promise<this> {
    const roles = { caller: {}, callee: {}, publisher: {}, subscriber: {} }
    let answer = await this.ask([1, realm, { roles, ...details }])
    if (answer[0] === 4 && prove !== undefined) answer = await this.ask([5, prove(answer), {}])
    if (answer[0] !== 2) throw new Error(`not welcome: ${JSON.stringify(answer)}`)
    return this
  }

  /** The next message that comes after this one was sent. Not while `receive` is somebody else's. */
  ask(message: Wire): Promise<Wire> {
    return new Promise((resolve, reject) => {
      this.lost = () => reject(new Error('the router closed the connection'))
      this.receive = (chunk, start, stop) => {
        this.lost = () => undefined
        resolve(JSON.parse(chunk.toString('utf8', start, stop)) as Wire)
      }
      this.send(Buffer.from(JSON.stringify(message)))
    })
  }

  send(message: Buffer): void {
    this.#sendFrame(text, message)
  }

  close(): void {
    this.lost = () => undefined
    this.#socket.destroy()
  }

  /** The same of a frame that is there already but for its number. */
  sendNumbered(frame: NumberedFrame, digits: Uint8Array, start: number, stop: number): void {
    const at = this.#reserve(frame.lengthFor(stop - start))
    this.#outBytes = frame.write(this.#out, at, digits, start, stop)
  }

  #sendFrame(opcode: number, content: Buffer): void {
    const frame = masked(opcode, content, randomBytes(4))
    const at = this.#reserve(frame.length)
    this.#out.set(frame, at)
    this.#outBytes = at + frame.length
  }

  /** Room for so many bytes, which leave at the end of the tick. */
  #reserve(bytes: number): number {
    const at = this.#outBytes
    if (at === 0) setImmediate(() => this.#flush())
    if (at + bytes > this.#out.length) {
      const larger = Buffer.allocUnsafe(2 * (at + bytes))
      larger.set(this.#out.subarray(0, at))
      this.#out = larger
    }
    return at
  }

  #flush(): void {
    const out = this.#out
    this.#socket.write(out.subarray(0, this.#outBytes))
    this.#outBytes = 0
    // What the system has not taken is not written over.
    if (this.#socket.writableLength > 0) this.#out = noBytes
  }

  #read(chunk: Buffer): void {
    const all = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let at = 0
    while (all.length - at >= 2) {
      const short = (all[at + 1] ?? 0) & 0x7f
      const start = at + (short === 126 ? 4 : short === 127 ? 10 : 2)
      if (all.length < start) break
      const length =
        short === 126
          ? all.readUInt16BE(at + 2)
          : short === 127
            ? Number(all.readBigUInt64BE(at + 2))
            : short
      if (all.length < start + length) break
      const opcode = (all[at] ?? 0) & 0x0f
      if (opcode === ping) this.#sendFrame(pong, all.subarray(start, start + length))
      else if (opcode !== pong && opcode !== closing) this.receive(all, start, start + length)
      at = start + length
    }
    this.#rest = at === all.length ? noBytes : all.subarray(at)
  }
}
