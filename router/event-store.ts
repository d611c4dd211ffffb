import type { Match } from './access.ts'
import type { Dict } from './wire/message.ts'

/** What one history is of: a topic or pattern of a realm. */
export interface EventStream {
  readonly realm: string
  readonly match: Match
  readonly uri: string
}

/** An event as history keeps it: plain values, and the payload's bytes as they came. */
export interface EventRow {
  readonly topic: string
  readonly publication: number
  /** When it was published, in milliseconds since the epoch. */
  readonly at: number
  /** What the router said of the event: values that JSON can express. */
  readonly marks: Dict
  /** The publisher's `eligible_…` and `exclude_…` lists by authid and authrole. */
  readonly lists: Dict
  /** Name of the payload's serializer. */
  readonly serializer: string
  /** Number of the payload's elements. */
  readonly elements: number
  readonly payload: Uint8Array
}

/** An event of a stream, with its place in it: from 1 on, later ones larger. */
export interface StoredEvent extends EventRow {
  readonly number: number
}

/** Events to be appended to one stream, which keeps its last `limit`. */
export interface EventBatch {
  readonly stream: EventStream
  readonly limit: number
  readonly events: readonly EventRow[]
}

/** Which events of a stream to list; all conditions hold at once. */
export interface EventQuery {
  readonly stream: EventStream
  /** Newest first; else oldest first. */
  readonly reverse: boolean
  readonly limit: number
  /** Only those further on, in the direction of reading, than the event of this number. */
  readonly beyond?: number
  readonly topic?: string
  /** By time, in milliseconds since the epoch: at or after, after, before, at or before. */
  readonly fromAt?: number
  readonly afterAt?: number
  readonly beforeAt?: number
  readonly untilAt?: number
  /** By place in the stream, relative to a publication; one that the stream does not have has nothing around it. */
  readonly fromPublication?: number
  readonly afterPublication?: number
  readonly beforePublication?: number
  readonly untilPublication?: number
}

/** Keeps the events of a router's histories. */
export interface EventStore {
  /**
   * Appends all batches, in order, or nothing; what is over a stream's limit goes, the oldest first. Resolves when
   * they are kept as well as this store keeps anything. Rejects when they could not be.
   */
  appendEvents(batches: readonly EventBatch[]): Promise<void>
  listEvents(query: EventQuery): Promise<readonly StoredEvent[]>
}
