import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { DomainError } from '../../ecosystems/errors.ts'
import { Schedule } from '../../ecosystems/schedule.ts'

const minuteMs = 60_000
const dayMs = 1_440 * minuteMs
const names = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

/** When the schedule opens and closes in a stretch of time, asked edge by edge. */
function edges(schedule: Schedule, from: string, to: string): string[] {
  const found: string[] = []
  const end = Date.parse(to)
  let at = Date.parse(from)
  let isOpen = schedule.isOpen(at)
  while ((at = schedule.nextEdge(at)) < end) {
    if (schedule.isOpen(at) === isOpen) continue
    isOpen = !isOpen
    found.push(`${new Date(at).toISOString().slice(0, 16)} ${isOpen ? 'opens' : 'closes'}`)
  }
  return found
}

describe('a weekly schedule', () => {
  it('is open from its first minute on and not in its last', () => {
    const schedule = Schedule.parse('sat,sun 10:00-18:00 Europe/Berlin')
    const opens = Date.parse('2025-11-22T10:00+01:00')
    const closes = Date.parse('2025-11-22T18:00+01:00')
    assert.deepEqual(
      [opens - 1, opens, closes - 1, closes, closes + 1].map((at) => schedule.isOpen(at)),
      [false, true, true, false, false],
    )
    assert.equal(schedule.nextEdge(opens - 1), opens)
    assert.equal(schedule.nextEdge(opens), closes)
    assert.equal(schedule.nextEdge(closes), opens + dayMs)
  })

  it('has several ranges, ranges of days, and those that go over midnight', () => {
    const schedule = Schedule.parse('mon-wed 08:00-09:00; fri 22:00-02:00; sun 23:00-24:00 UTC')
    assert.deepEqual(edges(schedule, '2025-11-17T00:00Z', '2025-11-24T08:00Z'), [
      '2025-11-17T08:00 opens',
      '2025-11-17T09:00 closes',
      '2025-11-18T08:00 opens',
      '2025-11-18T09:00 closes',
      '2025-11-19T08:00 opens',
      '2025-11-19T09:00 closes',
      '2025-11-21T22:00 opens',
      '2025-11-22T02:00 closes',
      '2025-11-23T23:00 opens',
      '2025-11-24T00:00 closes',
    ])
  })

  it('goes over the end of the week', () => {
    const schedule = Schedule.parse('sun 22:00-06:00 UTC')
    assert.deepEqual(edges(schedule, '2025-11-23T00:00Z', '2025-11-25T00:00Z'), [
      '2025-11-23T22:00 opens',
      '2025-11-24T06:00 closes',
    ])
    assert.ok(Schedule.parse('fri-mon 10:00-11:00 UTC').isOpen(Date.parse('2025-11-24T10:30Z')))
  })

  it('can be open on all days, and always', () => {
    assert.ok(Schedule.parse('daily 00:00-24:00 Europe/Berlin').isOpen(0))
    const always = Schedule.parse('mon-sun 00:00-24:00 UTC')
    for (let at = 0; at < 30 * dayMs; at += dayMs) assert.ok(always.isOpen(at))
    assert.ok(always.nextEdge(0) > 7 * dayMs)
  })

  it('goes by the clock on the wall: over the night of March in Berlin', () => {
    const schedule = Schedule.parse('sun 01:30-02:30; sun 02:45-03:30 Europe/Berlin')
    assert.deepEqual(edges(schedule, '2026-03-28T23:00Z', '2026-03-29T12:00Z'), [
      '2026-03-29T00:30 opens',
      // Two o'clock is three o'clock: the one range is cut off, and in the other we are.
      '2026-03-29T01:30 closes',
    ])
    assert.ok(schedule.isOpen(Date.parse('2026-03-29T01:00Z')))
  })

  it('goes by the clock on the wall: over the night of October in Berlin', () => {
    const schedule = Schedule.parse('sun 02:30-03:00 Europe/Berlin')
    assert.deepEqual(edges(schedule, '2026-10-24T20:00Z', '2026-10-25T12:00Z'), [
      '2026-10-25T00:30 opens',
      '2026-10-25T01:00 closes',
      '2026-10-25T01:30 opens',
      '2026-10-25T02:00 closes',
    ])
  })

  it('knows zones that move by half an hour', () => {
    const schedule = Schedule.parse('sun 01:30-02:15 Australia/Lord_Howe')
    assert.deepEqual(edges(schedule, '2026-04-04T10:00Z', '2026-04-04T20:00Z'), [
      '2026-04-04T14:30 opens',
      '2026-04-04T15:45 closes',
    ])
    assert.deepEqual(edges(schedule, '2026-10-03T10:00Z', '2026-10-03T20:00Z'), [
      '2026-10-03T15:00 opens',
      '2026-10-03T15:30 closes',
    ])
  })

  it('is written in one spelling', () => {
    const text = Schedule.parse('  sat,sun   10:00-18:00 ;fri 22:00-02:00   Europe/Berlin ').text
    assert.equal(text, 'sat,sun 10:00-18:00; fri 22:00-02:00 Europe/Berlin')
    assert.equal(Schedule.parse(text).text, text)
  })

  it('refuses what is none, and says what was found and what is allowed', () => {
    for (const [text, message] of [
      ['', /schedule: found "", allowed is days, hours and a time zone/],
      ['sat 10:00-18:00', /found "sat 10:00-18:00", allowed is days/],
      ['sat 10:00-18:00 Mars/Base', /time zone: found "Mars\/Base"/],
      ['saturday 10:00-18:00 UTC', /days: found "saturday", allowed is daily, or of mon/],
      ['sat-sun-mon 10:00-18:00 UTC', /days: found/],
      ['sat, 10:00-18:00 UTC', /days: found/],
      ['sat 10-18 UTC', /found "sat 10-18"/],
      ['sat 10:00-24:01 UTC', /found "sat 10:00-24:01"/],
      ['sat 10:60-11:00 UTC', /found/],
      ['sat 24:00-10:00 UTC', /hours: found "24:00-10:00"/],
      ['sat 10:00-10:00 UTC', /hours: .* 00:00-24:00/],
      ['sat 10:00-11:00-12:00 UTC', /found/],
      ['sat 10:00-11:00; UTC', /found/],
      ['10:00-11:00 UTC', /found/],
      ['sat 10:00-11:00 sun UTC', /found/],
      [`${'mon,'.repeat(100)}tue 10:00-11:00 UTC`, /allowed is days/],
      [17, /found 17/],
    ] as const)
      assert.throws(
        () => Schedule.parse(text),
        (error: Error) =>
          error instanceof DomainError &&
          error.code === 'invalid_argument' &&
          message.test(error.message),
        String(text),
      )
  })

  it('is within another if it is never open when that is closed', () => {
    const outer = Schedule.parse('sat,sun 10:00-18:00 Europe/Berlin')
    const isWithin = (text: string): boolean => Schedule.parse(text).isWithin(outer)
    assert.ok(isWithin('sat 10:00-18:00 Europe/Berlin'))
    assert.ok(isWithin('sun 12:00-13:00; sat 10:00-11:00 Europe/Berlin'))
    assert.ok(!isWithin('sat 10:00-18:01 Europe/Berlin'))
    assert.ok(!isWithin('fri 12:00-13:00 Europe/Berlin'))
    assert.ok(!isWithin('sat 12:00-13:00 UTC'))
  })

  it('agrees with whoever looks at the clock every minute', () => {
    const clock = fc.integer({ min: 0, max: 1_439 })
    const pad = (minutes: number): string =>
      `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
    const range = fc
      .record({ days: fc.subarray(names, { minLength: 1 }), from: clock, to: clock })
      .filter(({ from, to }) => from !== to)
    const zone = fc.constantFrom(
      'UTC',
      'Europe/Berlin',
      'Australia/Lord_Howe',
      'America/St_Johns',
      'Asia/Kathmandu',
    )
    // Around the nights in which clocks move, and some others.
    const begin = fc.constantFrom(
      '2026-03-28T12:00Z',
      '2026-10-24T12:00Z',
      '2026-04-04T00:00Z',
      '2026-10-03T00:00Z',
      '2026-03-07T12:00Z',
      '2026-10-31T12:00Z',
      '2026-06-14T00:00Z',
    )
    fc.assert(
      fc.property(
        fc.array(range, { minLength: 1, maxLength: 3 }),
        zone,
        begin,
        (ranges, id, at) => {
          const text = ranges
            .map(({ days, from, to }) => `${days.join(',')} ${pad(from)}-${pad(to)}`)
            .join('; ')
          const schedule = Schedule.parse(`${text} ${id}`)
          const isOpen = (moment: number): boolean => {
            const wall = Temporal.Instant.fromEpochMilliseconds(moment).toZonedDateTimeISO(id)
            const minutes = wall.hour * 60 + wall.minute
            const day = names[wall.dayOfWeek - 1] ?? ''
            const before = names[(wall.dayOfWeek + 5) % 7] ?? ''
            return ranges.some(({ days, from, to }) =>
              from < to
                ? days.includes(day) && from <= minutes && minutes < to
                : (days.includes(day) && from <= minutes) ||
                  (days.includes(before) && minutes < to),
            )
          }
          const start = Date.parse(at)
          let edge = schedule.nextEdge(start)
          for (let moment = start; moment < start + 1.5 * dayMs; moment += minuteMs) {
            const expected = isOpen(moment)
            assert.equal(schedule.isOpen(moment), expected, `${text} ${id} ${moment}`)
            // Between one edge and the next nothing changes; on an edge it does.
            const later = schedule.nextEdge(moment)
            assert.ok(later > moment)
            if (moment < edge) assert.equal(later, edge)
            else assert.notEqual(expected, isOpen(moment - minuteMs))
            edge = later
          }
        },
      ),
      { numRuns: 25 },
    )
  }).timeout(30_000)
})
