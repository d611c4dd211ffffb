import type { Connection, Parameter } from './connection.ts'

/** What one history is of: a topic or pattern of a realm. */
export interface EventStream {
  readonly realm: string
  readonly match: 'exact' | 'prefix' | 'wildcard'
  readonly uri: string
}

/** One event of a history. `marks` and `lists` are what JSON can express, `payload` the bytes of `serializer`. */
export interface EventLogRow {
  readonly topic: string
  readonly publication: number
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly marks: Readonly<Record<string, unknown>>
  readonly lists: Readonly<Record<string, unknown>>
  readonly serializer: string
  readonly elements: number
  readonly payload: Uint8Array
}

/** With its place in its history: from 1 on, later ones larger. */
export interface NumberedEventRow extends EventLogRow {
  readonly number: number
}

/** Events to be appended to one history, of which the last `limit` are kept. */
export interface EventAppend {
  readonly stream: EventStream
  readonly limit: number
  readonly events: readonly EventLogRow[]
}

/** Which events of a history to list; all conditions hold at once. */
export interface EventLogQuery {
  readonly stream: EventStream
  /** Newest first; else oldest first. */
  readonly reverse: boolean
  readonly limit: number
  /** Only those further on, in the direction of reading, than the event of this number. */
  readonly beyond?: number
  readonly topic?: string
  readonly fromAt?: number
  readonly afterAt?: number
  readonly beforeAt?: number
  readonly untilAt?: number
  readonly fromPublication?: number
  readonly afterPublication?: number
  readonly beforePublication?: number
  readonly untilPublication?: number
}

const ofStream = 'realm = ? and match = ? and uri = ?'

/** One statement for all events of a history, as for the audit. Runs in a transaction. */
export async function appendEvents(
  connection: Connection,
  { stream, limit, events }: EventAppend,
): Promise<void> {
  const key = [stream.realm, stream.match, stream.uri]
  const [row] = await connection.all<{ last: number }>(
    `select coalesce(max(number), 0) as last from events where ${ofStream}`,
    key,
  )
  const last = row?.last ?? 0
  await connection.run(
    `insert into events (realm, match, uri, number, topic, publication, at, marks, lists, serializer, elements, payload)
     select ?, ?, ?, ? + key, value ->> 'topic', value ->> 'publication', value ->> 'at', value -> 'marks',
       value -> 'lists', value ->> 'serializer', value ->> 'elements', unhex(value ->> 'payload')
     from json_each(?)`,
    [...key, last + 1, JSON.stringify(events.map(plain))],
  )
  await connection.run(`delete from events where ${ofStream} and number <= ?`, [
    ...key,
    last + events.length - limit,
  ])
}

function plain(event: EventLogRow): Record<string, unknown> {
  const { buffer, byteOffset, length } = event.payload
  return { ...event, payload: Buffer.from(buffer, byteOffset, length).toString('hex') }
}

/** Where a publication is in its history; null, with which nothing compares, where it is not. */
const place = `(select number from events where ${ofStream} and publication = ?)`

export async function listEvents(
  connection: Connection,
  query: EventLogQuery,
): Promise<NumberedEventRow[]> {
  const { stream, reverse, limit } = query
  const key = [stream.realm, stream.match, stream.uri]
  const conditions = [ofStream]
  const parameters: Parameter[] = [...key]
  const where = (condition: string, parameter: Parameter | undefined): void => {
    if (parameter === undefined) return
    conditions.push(condition)
    parameters.push(parameter)
  }
  const wherePlace = (comparison: string, publication: number | undefined): void => {
    if (publication === undefined) return
    conditions.push(`number ${comparison} ${place}`)
    parameters.push(...key, publication)
  }
  where(reverse ? 'number < ?' : 'number > ?', query.beyond)
  where('topic = ?', query.topic)
  where('at >= ?', query.fromAt)
  where('at > ?', query.afterAt)
  where('at < ?', query.beforeAt)
  where('at <= ?', query.untilAt)
  wherePlace('>=', query.fromPublication)
  wherePlace('>', query.afterPublication)
  wherePlace('<', query.beforePublication)
  wherePlace('<=', query.untilPublication)
  const rows = await connection.all<NumberedEventRow & { marks: string; lists: string }>(
    `select number, topic, publication, at, marks, lists, serializer, elements, payload from events
     where ${conditions.join(' and ')} order by number ${reverse ? 'desc' : 'asc'} limit ?`,
    [...parameters, limit],
  )
  return rows.map((row) => ({
    ...row,
    marks: JSON.parse(row.marks) as EventLogRow['marks'],
    lists: JSON.parse(row.lists) as EventLogRow['lists'],
  }))
}
