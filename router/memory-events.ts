import type { EventBatch, EventQuery, EventStore, EventStream, StoredEvent } from './event-store.ts'

/** Keeps events as long as the process lives. */
export class MemoryEvents implements EventStore {
  readonly #streams = new Map<string, StoredEvent[]>()

  async appendEvents(batches: readonly EventBatch[]): Promise<void> {
    for (const { stream, limit, events } of batches) {
      const key = keyOf(stream)
      let kept = this.#streams.get(key)
      if (kept === undefined) this.#streams.set(key, (kept = []))
      let number = kept.at(-1)?.number ?? 0
      for (const event of events) kept.push({ ...event, number: ++number })
      if (kept.length > limit) kept.splice(0, kept.length - limit)
    }
  }

  async listEvents(query: EventQuery): Promise<readonly StoredEvent[]> {
    const kept = this.#streams.get(keyOf(query.stream)) ?? []
    const found: StoredEvent[] = []
    const admits = conditions(kept, query)
    for (let i = 0; i < kept.length && found.length < query.limit; i++) {
      const event = kept[query.reverse ? kept.length - 1 - i : i]
      if (event !== undefined && admits(event)) found.push(event)
    }
    return found
  }
}

function keyOf({ realm, match, uri }: EventStream): string {
  return JSON.stringify([realm, match, uri])
}

function conditions(
  kept: readonly StoredEvent[],
  query: EventQuery,
): (event: StoredEvent) => boolean {
  // Not a number where there is no such publication: no comparison with it holds.
  const placeOf = (publication: number | undefined): number | undefined =>
    publication === undefined
      ? undefined
      : (kept.find((event) => event.publication === publication)?.number ?? Number.NaN)
  const { reverse, beyond, topic, fromAt, afterAt, beforeAt, untilAt } = query
  const from = placeOf(query.fromPublication)
  const after = placeOf(query.afterPublication)
  const before = placeOf(query.beforePublication)
  const until = placeOf(query.untilPublication)
  return (event) =>
    (beyond === undefined || (reverse ? event.number < beyond : event.number > beyond)) &&
    (topic === undefined || event.topic === topic) &&
    (fromAt === undefined || event.at >= fromAt) &&
    (afterAt === undefined || event.at > afterAt) &&
    (beforeAt === undefined || event.at < beforeAt) &&
    (untilAt === undefined || event.at <= untilAt) &&
    (from === undefined || event.number >= from) &&
    (after === undefined || event.number > after) &&
    (before === undefined || event.number < before) &&
    (until === undefined || event.number <= until)
}
