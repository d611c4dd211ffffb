import assert from 'node:assert/strict'
import { readFilters } from '../../router/event-filters.ts'

describe('A timestamp of RFC 3339', () => {
  const at = (text: string): number | undefined => readFilters({ from_time: text }).fromAt

  it('is read to the millisecond, in whatever zone', () => {
    for (const text of [
      '2026-03-01T12:00:00.250Z',
      '2026-03-01 12:00:00.25Z',
      '2026-03-01t12:00:00.2500000z',
      '2026-03-01T13:30:00.25+01:30',
      '2026-03-01T00:00:00.25-12:00',
      '2026-03-01T12:00:00.25-00:00',
    ])
      assert.equal(at(text), Date.UTC(2026, 2, 1, 12, 0, 0, 250), text)
  })

  it('lies between two milliseconds where it is finer than them', () => {
    const second = Date.UTC(2026, 2, 1)
    assert.equal(at('2026-03-01T00:00:00.0000000001Z'), second + 0.5)
    assert.equal(at('2026-03-01T00:00:00.999999Z'), second + 999.5)
  })

  it('may be a leap second, which is the next one here', () => {
    assert.equal(at('2016-12-31T23:59:60Z'), Date.UTC(2017, 0, 1))
  })

  it('is refused where it is no moment', () => {
    for (const text of [
      '',
      '2026-03-01',
      '2026-03-01T12:00Z',
      '2026-03-01T12:00:00',
      '2026-02-29T12:00:00Z',
      '2026-13-01T12:00:00Z',
      '2026-03-01T24:00:00Z',
      '2026-03-01T12:60:00Z',
      '2026-03-01T12:00:61Z',
      '2026-03-01T12:00:00+24:00',
      '2026-03-01T12:00:00.Z',
      ` 2026-03-01T12:00:00Z`,
    ])
      assert.throws(() => at(text), /from_time is .*RFC 3339/, text)
  })
})
