import type { Socket } from 'node:net'
import type { Flushable, Outbox } from '../outbox.ts'

/** Bytes of one tick from which on they are written before its end, so that a burst does not pile up. */
const earlyFlushBytes = 64 * 1024
/** Longer frames are written as they are: to copy them would cost more than it saves. */
const longestCopiedBytes = 16 * 1024

/** What is shorter comes out of Node's own pool. */
const pooledBytes = 4 * 1024
const slabBytes = earlyFlushBytes + longestCopiedBytes

/** Where frames are put together that the system takes at once: shared by all sockets, as they write in turn. */
let slab: Buffer | undefined

/**
 * Gathers the frames that one tick sends to one socket, and writes them at its end: one system call, for however many
 * frames. Several become one buffer first: a gathered write of many buffers costs an object and a vector's entry for
 * each of them.
 */
export class SocketWriter implements Flushable {
  readonly #socket: Socket
  readonly #outbox: Outbox
  /**
   * One list, emptied after each tick: V8 learns while many register or subscribe that lists made here live long, and
   * then makes them old from the start; each kept the frames of its tick alive (calls beside 100,000 registrations:
   * 0.7 of the rate, 1.2 MB promoted by each scavenge).
   */
  readonly #frames: Buffer[] = []
  #bytes = 0
  #longestBytes = 0
  #touched = false
  /** The system took all of what was written last, before the write returned. */
  #isTakenAtOnce = true

  constructor(socket: Socket, outbox: Outbox) {
    this.#socket = socket
    this.#outbox = outbox
  }

  /** Bytes that the system has not taken yet. */
  get pendingBytes(): number {
    return this.#bytes + this.#socket.writableLength
  }

  /** The frame may be another receiver's too: it is only read. */
  write(frame: Buffer): void {
    this.#frames.push(frame)
    this.#bytes += frame.length
    if (frame.length > this.#longestBytes) this.#longestBytes = frame.length
    if (this.#bytes > earlyFlushBytes) return this.#writeAll()
    if (this.#touched) return
    this.#touched = true
    this.#outbox.touch(this)
  }

  /** Before anybody else writes to the socket, and at the end of the tick. */
  flush(): void {
    this.#touched = false
    if (this.#bytes > 0) this.#writeAll()
  }

  #writeAll(): void {
    const frames = this.#frames
    const [first] = frames
    if (first === undefined) return
    const socket = this.#socket
    if (frames.length === 1) socket.write(first)
    else if (this.#longestBytes <= longestCopiedBytes) this.#writeJoined(frames)
    else {
      socket.cork()
      for (const frame of frames) socket.write(frame)
      socket.uncork()
    }
    frames.length = 0
    this.#bytes = 0
    this.#longestBytes = 0
  }

  /**
   * Memory of its own for each write would be new to the processor each time (measured: 1.2 times the events of 1 KiB
   * to 20 subscribers). What the system does not take at once stays where it is, and the next socket begins another
   * slab; a socket that waits writes what is no longer than it has to be.
   */
  #writeJoined(frames: readonly Buffer[]): void {
    const socket = this.#socket
    const bytes = this.#bytes
    const isShared = this.#isTakenAtOnce && bytes > pooledBytes
    const target = isShared
      ? (slab ??= Buffer.allocUnsafeSlow(slabBytes))
      : Buffer.allocUnsafe(bytes)
    let at = 0
    for (const frame of frames) {
      target.set(frame, at)
      at += frame.length
    }
    socket.write(isShared ? target.subarray(0, bytes) : target)
    this.#isTakenAtOnce = socket.writableLength === 0
    if (isShared && !this.#isTakenAtOnce) slab = undefined
  }
}
