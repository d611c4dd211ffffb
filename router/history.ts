import type { Clock } from '../clock.ts'
import type { Match } from './access.ts'
import type { EventBatch, EventRow, EventStore, EventStream } from './event-store.ts'
import type { Limits } from './limits.ts'
import type { EngineLog } from './log.ts'
import { keptBytes, type Publication } from './publication.ts'
import { msgpack } from './wire/msgpack.ts'

/** A topic or pattern whose events are kept, as configured. */
export interface HistoryTopic {
  readonly uri: string
  readonly match: Match
  /** How many of its last events are kept. */
  readonly limit: number
}

/** The history of one subscription. */
export interface TopicHistory {
  readonly stream: EventStream
  readonly limit: number
}

export interface HistoryContext {
  readonly clock: Clock
  readonly limits: Pick<Limits, 'historyWaiting' | 'historyWaitingBytes'>
  readonly log: EngineLog
}

interface Waiting {
  readonly topic: TopicHistory
  readonly event: EventRow
  readonly bytes: number
}

/** What becomes of an event: it is not to be kept, waits to be written, or should be kept and will not. */
export type Kept = 'nowhere' | 'waiting' | 'lost'

/** What is written in one step: so many events, and so many bytes of them but for one that has more by itself. */
const batchSize = 1_000
const batchBytes = 1_048_576
/** While the store fails, the next try comes after this, then after twice the time, up to the longest. */
const firstDelayMs = 500
const longestDelayMs = 10_000

/**
 * Writes events of configured topics to the store (rfc/text/advanced/pubsub_event_history.md). Publishing never waits
 * for it: what comes while a batch is being written makes the next one. If the store fails they wait, up to a bound;
 * what comes then is not kept, and counted.
 */
export class History {
  readonly #store: EventStore
  readonly #context: HistoryContext
  #queue: Waiting[] = []
  #bytes = 0
  /** How many events were taken on since the start, and how many of them have left the queue. */
  #taken = 0
  #done = 0
  #waiters: { readonly upTo: number; readonly resolve: (kept: boolean) => void }[] = []
  #writing: Promise<void> | undefined
  #delayMs = firstDelayMs
  #endDelay: (() => void) | undefined
  #lost = 0
  #losing = false
  #closed = false

  constructor(store: EventStore, context: HistoryContext) {
    this.#store = store
    this.#context = context
  }

  /** Events that history should have and does not, since the start. */
  get lost(): number {
    return this.#lost
  }

  /** Events that wait to be written. */
  get waiting(): number {
    return this.#queue.length
  }

  /**
   * Takes an event on, if it is to be kept: one that was sent by session ids is not, as those mean nothing to who
   * asks later (pubsub_event_history.md, Security Aspects).
   */
  record(topic: TopicHistory, publication: Publication, at: number): Kept {
    const { audience, lists } = publication
    // Whom the router itself wants to reach is known to it alone.
    if (audience !== undefined && lists === undefined) return 'nowhere'
    if (lists !== undefined && ('eligible' in lists || 'exclude' in lists)) return 'nowhere'
    const packed = publication.payload.pack(msgpack)
    const { open, publisher, trustlevel } = publication.marks
    const event: EventRow = {
      topic: publication.topic,
      publication: publication.id,
      at,
      marks: {
        open,
        ...(publisher !== undefined && { publisher }),
        ...(trustlevel !== undefined && { trustlevel }),
      },
      lists: lists ?? {},
      serializer: packed.serializer.name,
      elements: packed.count,
      payload: packed.bytes,
    }
    const bytes = packed.bytes.length + keptBytes(publication)
    const { historyWaiting, historyWaitingBytes } = this.#context.limits
    if (
      this.#closed ||
      this.#queue.length >= historyWaiting ||
      this.#bytes + bytes > historyWaitingBytes
    ) {
      this.#lose(1, this.#closed ? 'the router stops' : 'too many events wait to be kept')
      return 'lost'
    }
    this.#queue.push({ topic, event, bytes })
    this.#bytes += bytes
    this.#taken++
    if (this.#endDelay === undefined) this.#begin()
    return 'waiting'
  }

  /** Resolves when all that was taken on until now is kept: `true`, or at the first failure: `false`. */
  whenKept(): Promise<boolean> {
    if (this.#done === this.#taken) return Promise.resolve(true)
    return new Promise((resolve) => this.#waiters.push({ upTo: this.#taken, resolve }))
  }

  /** Writes what waits, for the last time. What the store does not take now is lost, and counted. */
  async close(): Promise<void> {
    this.#closed = true
    this.#endDelay?.()
    this.#endDelay = undefined
    this.#begin()
    await this.#writing
  }

  #begin(): void {
    // With the tick, not at once: what one tick publishes is one batch.
    this.#writing ??= Promise.resolve().then(() => this.#write())
  }

  /** Never rejects. */
  async #write(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.slice(0, this.#batchLength())
      try {
        await this.#store.appendEvents(byStream(batch))
      } catch (error) {
        this.#failed(error)
        break
      }
      this.#remove(batch.length)
      this.#settle(this.#done, true)
      this.#delayMs = firstDelayMs
      this.#losing = false
    }
    this.#writing = undefined
  }

  #batchLength(): number {
    let bytes = 0
    let length = 0
    for (const waiting of this.#queue) {
      bytes += waiting.bytes
      if (length === batchSize || (length > 0 && bytes > batchBytes)) break
      length++
    }
    return length
  }

  #failed(error: unknown): void {
    const { clock, log } = this.#context
    const waiting = this.#queue.length
    log('error', 'events could not be kept in history', { error, waiting })
    this.#settle(this.#taken, false)
    if (this.#closed) {
      this.#remove(waiting)
      return this.#lose(waiting, 'the store failed at the end')
    }
    const delayMs = this.#delayMs
    this.#delayMs = Math.min(delayMs * 2, longestDelayMs)
    this.#endDelay = clock.after(delayMs, () => {
      this.#endDelay = undefined
      this.#begin()
    })
  }

  #remove(count: number): void {
    for (const { bytes } of this.#queue.splice(0, count)) this.#bytes -= bytes
    this.#done += count
  }

  #settle(upTo: number, kept: boolean): void {
    while (this.#waiters[0] !== undefined && this.#waiters[0].upTo <= upTo) {
      this.#waiters.shift()?.resolve(kept)
    }
  }

  /** Said once each time that it begins: a flood of events must not become one of errors. */
  #lose(count: number, reason: string): void {
    this.#lost += count
    if (this.#losing) return
    this.#losing = true
    this.#context.log('error', 'events are not kept in history', { reason, lost: this.#lost })
  }
}

function byStream(waiting: readonly Waiting[]): EventBatch[] {
  const batches = new Map<TopicHistory, EventRow[]>()
  for (const { topic, event } of waiting) {
    const events = batches.get(topic)
    if (events === undefined) batches.set(topic, [event])
    else events.push(event)
  }
  return [...batches].map(([{ stream, limit }, events]) => ({ stream, limit, events }))
}
