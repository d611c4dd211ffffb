import { Temporal } from 'temporal-polyfill'
import { invalid } from './errors.ts'

const minuteMs = 60_000
const dayMs = 1_440 * minuteMs
const weekMs = 7 * dayMs
/** The first of January 1970 was a Thursday; weeks here begin on Monday. */
const epochInWeekMs = 3 * dayMs
/** A zone is not looked further ahead, though it may have no other hour for years. */
const lookaheadMs = 32 * dayMs

const dayNames = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
const maxLength = 256
const allowed =
  'days, hours and a time zone, for instance "sat,sun 10:00-18:00 Europe/Berlin", several of them with ";" between: "mon-fri 17:00-22:00; daily 06:00-08:00 Europe/Berlin"'

/** From the one to the other, in milliseconds of a week that begins on Monday at midnight; half-open. */
interface Stretch {
  readonly from: number
  readonly to: number
}

/** While one offset holds in a zone. */
interface Segment {
  readonly from: number
  readonly until: number
  readonly offsetMs: number
}

/**
 * Hours of the week in a time zone. Open whenever the clock on the wall there shows a time in them, from the first
 * minute on and not in the last: an hour that is skipped in spring is not there, one that comes twice in autumn counts
 * both times.
 */
export class Schedule {
  /** As it was written, in one spelling. */
  readonly text: string
  readonly zone: string
  readonly #stretches: readonly Stretch[]
  #segment: Segment | undefined
  #state = { from: 0, until: 0, open: false }

  private constructor(text: string, zone: string, stretches: readonly Stretch[]) {
    this.text = text
    this.zone = zone
    this.#stretches = stretches
  }

  /** @throws DomainError invalid_argument */
  static parse(text: unknown, key: string = 'schedule'): Schedule {
    if (typeof text !== 'string' || text.length > maxLength) throw invalid(key, text, allowed)
    const words = text.trim().split(/\s+/)
    const zone = words.pop() ?? ''
    // What looks like hours was meant as such: the zone was forgotten.
    if (zone === '' || /^[\d:;,-]+$/.test(zone) || isDays(zone)) throw invalid(key, text, allowed)
    const ranges = words
      .join(' ')
      .split(';')
      .map((each) => each.trim())
    const stretches = ranges.flatMap((each) => stretchesOf(each, key))
    return new Schedule(`${ranges.join('; ')} ${zone}`, zoneOf(zone, key), merged(stretches))
  }

  /** `at`: milliseconds since the epoch. */
  isOpen(at: number): boolean {
    return this.#stateAt(at).open
  }

  /** When it next opens or closes, after `at`. Where it never does, some moment weeks ahead. */
  nextEdge(at: number): number {
    return this.#stateAt(at).until
  }

  /** Whether it is never open when the other is closed. Hours of two zones cannot be told so. */
  isWithin(outer: Schedule): boolean {
    return (
      this.zone === outer.zone &&
      this.#stretches.every((own) =>
        outer.#stretches.some(({ from, to }) => from <= own.from && own.to <= to),
      )
    )
  }

  #stateAt(at: number): { readonly until: number; readonly open: boolean } {
    const known = this.#state
    if (known.from <= at && at < known.until) return known
    const open = this.#opensIn(this.#segmentAt(at), at)
    let until = at
    // A week has its edges, or there are none; a zone that skips one makes it a week longer.
    while (until < at + 2 * weekMs) {
      const segment = this.#segmentAt(until)
      const edge = until + this.#untilEdge(segment, until)
      until = Math.min(edge, segment.until)
      if (this.#opensIn(this.#segmentAt(until), until) !== open) break
    }
    // Looked at again some day: nobody waits for that, and a zone's rules may have changed.
    this.#state = { from: at, until, open }
    return this.#state
  }

  #opensIn({ offsetMs }: Segment, at: number): boolean {
    const wall = inWeek(at + offsetMs)
    return this.#stretches.some(({ from, to }) => from <= wall && wall < to)
  }

  /** How long until the wall clock comes to an edge, if nobody puts it back or forward. */
  #untilEdge({ offsetMs }: Segment, at: number): number {
    const wall = inWeek(at + offsetMs)
    let least = weekMs
    for (const { from, to } of this.#stretches)
      for (const edge of [from, to]) {
        const wait = (edge - wall + weekMs) % weekMs
        if (wait > 0 && wait < least) least = wait
      }
    return least
  }

  #segmentAt(at: number): Segment {
    const known = this.#segment
    if (known !== undefined && known.from <= at && at < known.until) return known
    const moment = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(this.zone)
    const next = moment.getTimeZoneTransition('next')
    this.#segment = {
      from: at,
      until: Math.min(next?.epochMilliseconds ?? Infinity, at + lookaheadMs),
      offsetMs: moment.offsetNanoseconds / 1_000_000,
    }
    return this.#segment
  }
}

function inWeek(wallMs: number): number {
  return (((wallMs + epochInWeekMs) % weekMs) + weekMs) % weekMs
}

function isDays(word: string): boolean {
  return word === 'daily' || dayNames.some((day) => word === day || word.startsWith(`${day}-`))
}

/** A zone by its name, or an offset such as `+02:00`. */
function zoneOf(zone: string, key: string): string {
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone).timeZoneId
  } catch {
    throw invalid(`${key}: time zone`, zone, 'a name of the IANA database, such as Europe/Berlin')
  }
}

function stretchesOf(range: string, key: string): Stretch[] {
  const [days = '', hours = '', ...more] = range.split(' ')
  const [from, to, ...others] = hours.split('-').map((clock) => minutesOf(clock))
  if (from === undefined || to === undefined || others.length + more.length > 0)
    throw invalid(key, range, allowed)
  if (from === 1_440 || from === to)
    throw invalid(`${key}: hours`, hours, 'two times of the day; all of it is 00:00-24:00')
  // What ends before it begins ends on the day after.
  const length = (to > from ? to - from : to + 1_440 - from) * minuteMs
  return daysOf(days, key).flatMap((day) => {
    const start = day * dayMs + from * minuteMs
    const end = start + length
    if (end <= weekMs) return [{ from: start, to: end }]
    return [
      { from: start, to: weekMs },
      { from: 0, to: end - weekMs },
    ]
  })
}

function minutesOf(clock: string): number | undefined {
  const [, hours = '', minutes = ''] = /^(\d\d):(\d\d)$/.exec(clock) ?? []
  const all = Number(hours) * 60 + Number(minutes)
  return hours !== '' && Number(minutes) < 60 && all <= 1_440 ? all : undefined
}

function daysOf(days: string, key: string): number[] {
  if (days === 'daily') return dayNames.map((_, index) => index)
  const indexOf = (name: string): number => {
    const index = dayNames.findIndex((day) => day === name)
    if (index === -1)
      throw invalid(`${key}: days`, days, `daily, or of ${dayNames.join(', ')}, as in mon-fri,sun`)
    return index
  }
  return days.split(',').flatMap((part) => {
    const [first = '', last = first, ...more] = part.split('-')
    if (more.length > 0) indexOf(part)
    const [from, to] = [indexOf(first), indexOf(last)]
    return Array.from({ length: ((to - from + 7) % 7) + 1 }, (_, index) => (from + index) % 7)
  })
}

/** In order, and what touches is one. */
function merged(stretches: readonly Stretch[]): Stretch[] {
  const all: Stretch[] = []
  for (const next of stretches.toSorted((a, b) => a.from - b.from)) {
    const last = all.at(-1)
    if (last === undefined || last.to < next.from) all.push(next)
    else all.splice(-1, 1, { from: last.from, to: Math.max(last.to, next.to) })
  }
  return all
}
