import type { EventQuery } from './event-store.ts'
import { WampError } from './wire/errors.ts'
import { found } from './wire/found.ts'
import { isId } from './wire/id.ts'
import type { Dict } from './wire/message.ts'

/** What `wamp.subscription.get_events` is asked for besides the subscription. */
export type EventFilters = Omit<EventQuery, 'stream' | 'limit' | 'beyond'> & {
  /** Absent: as many as an answer holds. */
  readonly limit?: number
}

const times = [
  ['from_time', 'fromAt'],
  ['after_time', 'afterAt'],
  ['before_time', 'beforeAt'],
  ['until_time', 'untilAt'],
] as const

const publications = [
  ['from_publication', 'fromPublication'],
  ['after_publication', 'afterPublication'],
  ['before_publication', 'beforePublication'],
  ['until_publication', 'untilPublication'],
] as const

/**
 * Reads the filters from ArgumentsKw (rfc/text/advanced/pubsub_event_history.md). One that is null is absent.
 * @throws WampError `wamp.error.invalid_argument` that names the key, what was found and what is allowed
 */
export function readFilters(kwargs: Dict): EventFilters {
  const filters: { -readonly [Key in keyof EventFilters]?: EventFilters[Key] } = {}
  const { reverse, limit, topic } = kwargs
  if (!isAbsent(reverse) && typeof reverse !== 'boolean') throw bad('reverse', reverse, 'a boolean')
  if (!isAbsent(limit)) filters.limit = positive('limit', limit)
  if (!isAbsent(topic)) {
    if (typeof topic !== 'string') throw bad('topic', topic, 'a URI')
    filters.topic = topic
  }
  for (const [key, field] of times) {
    const value = kwargs[key]
    if (!isAbsent(value)) filters[field] = time(key, value)
  }
  for (const [key, field] of publications) {
    const value = kwargs[key]
    if (!isAbsent(value)) filters[field] = positive(key, value)
  }
  return { ...filters, reverse: reverse === true }
}

/** An id of Arguments. @throws WampError `wamp.error.invalid_argument` */
export function positive(name: string, value: unknown): number {
  // A 64-bit integer may come as a bigint, and from some clients as a float.
  const number = typeof value === 'bigint' ? Number(value) : value
  if (!isId(number)) throw bad(name, value, 'an integer from 1 to 2^53')
  return number
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null
}

const rfc3339 =
  /^(\d{4}-\d{2}-\d{2})[Tt ]((?:[01]\d|2[0-3]):\d{2}):(\d{2})(?:\.(\d+))?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

/** Milliseconds since the epoch; half-way to the next where the text is finer than that, as events never are. */
function time(name: string, value: unknown): number {
  const parts = typeof value === 'string' ? rfc3339.exec(value) : null
  if (parts === null) throw bad(name, value, 'an RFC 3339 timestamp')
  const [, date = '', minute = '', second = '', fraction = '', zone = ''] = parts
  // A leap second is the end of the one before it.
  const leap = second === '60'
  const whole = Date.parse(`${date}T${minute}:${leap ? '59' : second}${zone.toUpperCase()}`)
  // Date.parse takes 30 February for the 1st of March.
  const day = new Date(`${date}T00:00:00Z`)
  const isDay = !Number.isNaN(day.getTime()) && day.toISOString().startsWith(date)
  if (Number.isNaN(whole) || !isDay) throw bad(name, value, 'an RFC 3339 timestamp')
  const finer = /[1-9]/.test(fraction.slice(3)) ? 0.5 : 0
  return whole + (leap ? 1_000 : 0) + Number(fraction.slice(0, 3).padEnd(3, '0')) + finer
}

function bad(name: string, value: unknown, allowed: string): WampError {
  return new WampError(
    'wamp.error.invalid_argument',
    `${name} is ${found(value)}, it must be ${allowed}`,
  )
}
