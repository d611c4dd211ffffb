import type { Flushable, Outbox } from '../outbox.ts'
import type { TransportSink } from '../transport.ts'
import type { Framing } from '../wire/batch.ts'

/** Gathers the messages that one tick sends to one peer: they go out as one batch, or as few as the bound allows. */
export class OutgoingBatch implements Flushable {
  readonly #framing: Framing
  readonly #outbox: Outbox
  readonly #maxBytes: number
  readonly #write: (batch: Buffer) => void
  #frames: Buffer[] = []
  #bytes = 0
  #touched = false

  /** `maxBytes` is `limits.batchBytes`: a longer message goes alone. */
  constructor(framing: Framing, outbox: Outbox, maxBytes: number, write: (batch: Buffer) => void) {
    this.#framing = framing
    this.#outbox = outbox
    this.#maxBytes = maxBytes
    this.#write = write
  }

  /** Of messages that have not gone out yet. */
  get bytes(): number {
    return this.#bytes
  }

  add(frame: Buffer): void {
    if (this.#bytes + frame.length > this.#maxBytes) this.#send()
    this.#frames.push(frame)
    this.#bytes += frame.length
    // What is full is not to look as if it waited for the peer.
    if (this.#bytes >= this.#maxBytes) return this.#send()
    if (this.#touched) return
    this.#touched = true
    this.#outbox.touch(this)
  }

  flush(): void {
    this.#touched = false
    this.#send()
  }

  #send(): void {
    if (this.#frames.length === 0) return
    const batch = this.#framing.join(this.#frames)
    this.#frames = []
    this.#bytes = 0
    this.#write(batch)
  }
}

/**
 * Takes batches of one peer apart, one message at a time, as long as they are wanted: who has been paused is given the
 * rest when it listens again, and no message is made of the bytes before.
 */
export class IncomingBatches {
  readonly #framing: Framing
  readonly #sink: TransportSink
  /** Whether the engine takes messages now. */
  readonly #listens: () => boolean
  readonly #waiting: Buffer[] = []
  #rest: Iterator<Buffer> | undefined
  #taking = false

  constructor(framing: Framing, sink: TransportSink, listens: () => boolean) {
    this.#framing = framing
    this.#sink = sink
    this.#listens = listens
  }

  /** A whole batch came in. It may have as many bytes as one message may, and the framing of one. */
  receive(batch: Buffer): void {
    if (batch.length > this.#sink.maxMessageBytes + this.#framing.overheadBytes) {
      return this.#sink.tooLong(batch.length)
    }
    this.#waiting.push(batch)
    this.take()
  }

  /** Goes on where it was stopped. */
  take(): void {
    // The engine may listen again while it takes a message.
    if (this.#taking) return
    this.#taking = true
    try {
      while (this.#listens()) {
        const frame = this.#next()
        if (frame === undefined) break
        this.#sink.receive(frame)
      }
    } catch (error) {
      this.#sink.fail(error instanceof Error ? error.message : String(error))
    } finally {
      this.#taking = false
    }
  }

  #next(): Buffer | undefined {
    for (;;) {
      const next = this.#rest?.next()
      if (next?.done === false) return next.value
      const batch = this.#waiting.shift()
      if (batch === undefined) {
        this.#rest = undefined
        return undefined
      }
      this.#rest = this.#framing.split(batch)[Symbol.iterator]()
    }
  }
}
