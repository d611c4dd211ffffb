import assert from 'node:assert/strict'
import type { Measurement } from '../../../bench/macro/measurement.ts'
import type { Comparison } from '../../../bench/macro/row.ts'
import { judge, type Rounds } from '../../../bench/macro/verdict.ts'

function measured(rate: number, more: Partial<Measurement> = {}): Measurement {
  return {
    ops_per_s: rate,
    ops_per_router_cpu_s: rate,
    errors: 0,
    lost_sessions: 0,
    ...more,
  }
}

function roundsOf(...rates: readonly (number | Measurement)[]): Rounds {
  return new Map(
    rates.map((rate, i) => [i, typeof rate === 'number' ? measured(rate) : rate] as const),
  )
}

const atLeast = (bar: number, by: Comparison['by'] = 'medians'): Comparison => ({
  of: 'ours',
  against: 'other',
  figure: 'perCpu',
  by,
  is: 'at least',
  bar,
})

const inform = { of: 'ours', figure: 'perCpu', by: 'medians', is: 'at least' } as const

describe('A verdict of the bench', () => {
  it('is a ratio of medians, kept at the bar and not below it', () => {
    const both = new Map([
      ['ours', roundsOf(70, 10, 90)],
      ['other', roundsOf(100, 300, 50)],
    ])
    const verdict = judge(atLeast(0.7), both)
    assert.deepEqual(
      [verdict?.figure, verdict?.other, verdict?.value, verdict?.isKept],
      [70, 100, 0.7, true],
    )
    assert.equal(judge(atLeast(0.71), both)?.isKept, false)
    assert.equal(judge({ ...atLeast(0.7), is: 'at most' }, both)?.isKept, true)
    assert.equal(judge({ ...atLeast(0.69), is: 'at most' }, both)?.isKept, false)
  })

  it('is, paired, the median of the ratios of the rounds, with its interval', () => {
    const both = new Map([
      ['ours', roundsOf(1, 4, 9, 16, 25)],
      ['other', roundsOf(1, 2, 3, 4, 5)],
    ])
    const verdict = judge(atLeast(3, 'paired'), both)
    assert.deepEqual([verdict?.value, verdict?.interval], [3, { from: 1, to: 5 }])
    assert.equal(verdict?.isKept, true)
  })

  it('pairs no round in which one side failed, and says on how many it rests', () => {
    const failed = measured(1_000, { fault: 'the router died' })
    const wrong = measured(1_000, { errors: 1 })
    const gone = measured(1_000, { lost_sessions: 1 })
    const both = new Map([
      ['ours', roundsOf(1, failed, 3, wrong, 5)],
      ['other', roundsOf(1, 1, 1, 1, gone)],
    ])
    const verdict = judge(atLeast(1, 'paired'), both)
    assert.deepEqual([verdict?.rounds, verdict?.value], [2, 2])
  })

  it('compares a figure itself, or a difference, where that is asked for', () => {
    const extra = { kib_per_session: 10 }
    const both = new Map([
      ['ours', roundsOf(measured(1, { extra, rss_after_mib: 110 }))],
      ['other', roundsOf(measured(1, { rss_after_mib: 100 }))],
    ])
    const alone = { of: 'ours', figure: 'perSession', by: 'alone', is: 'at most', bar: 12 } as const
    assert.deepEqual([judge(alone, both)?.value, judge(alone, both)?.isKept], [10, true])
    const more = { ...atLeast(0, 'difference'), figure: 'memory', is: 'at most', bar: 9 } as const
    assert.deepEqual([judge(more, both)?.value, judge(more, both)?.isKept], [10, false])
  })

  it('counts the memory of a slow subscriber from its second second to the highest after it', () => {
    const slow = measured(1, { extra: { rss_mib_by_second: [60, 100, 104, 112, 108] } })
    const grown = { of: 'ours', figure: 'grown', by: 'alone', is: 'at most', bar: 14 } as const
    assert.equal(judge(grown, new Map([['ours', roundsOf(slow)]]))?.value, 12)
  })

  it('has no bar to keep where it is for information', () => {
    const free = { ...inform, against: 'other' }
    const both = new Map([
      ['ours', roundsOf(1)],
      ['other', roundsOf(2)],
    ])
    const verdict = judge(free, both)
    assert.deepEqual([verdict?.value, verdict?.isKept], [0.5, undefined])
  })

  it('that could not be reached keeps no bar, and is left out where it is for information', () => {
    const ours = new Map([['ours', roundsOf(1)]])
    const verdict = judge(atLeast(0), ours)
    assert.deepEqual([verdict?.rounds, verdict?.isKept], [0, false])
    const alone = { of: 'ours', figure: 'grown', by: 'alone', is: 'at most', bar: 14 } as const
    assert.equal(judge(alone, ours)?.isKept, false)
    assert.equal(judge({ ...inform, against: 'other' }, ours), undefined)
  })
})
