import assert from 'node:assert/strict'
import { systemClock } from '../../clock.ts'
import { Agenda, nowhere, type Due } from '../../router/agenda.ts'
import { ManualClock } from '../support/manual-clock.ts'

class Entry implements Due {
  dueAt = 0
  place: number = nowhere
  readonly #happens: (entry: Entry) => void

  constructor(happens: (entry: Entry) => void) {
    this.#happens = happens
  }

  due(): void {
    this.#happens(this)
  }
}

describe('An agenda', () => {
  let clock: ManualClock
  let agenda: Agenda
  let happened: [unknown, number][]
  let startedAt: number

  beforeEach(() => {
    clock = new ManualClock()
    agenda = new Agenda(clock)
    happened = []
    startedAt = clock.elapsed()
  })

  const entry = (name: unknown): Entry =>
    new Entry(() => happened.push([name, clock.elapsed() - startedAt]))
  const entered = (delayMs: number): Entry => {
    const made = entry(delayMs)
    agenda.enter(made, delayMs)
    return made
  }

  it('has each entry happen once, at its time, whatever the order in which they came', () => {
    for (const delayMs of [500, 20, 300, 20, 1_000, 0]) entered(delayMs)
    clock.advance(300)
    assert.deepEqual(happened, [
      [0, 0],
      [20, 20],
      [20, 20],
      [300, 300],
    ])
    clock.advance(10_000)
    assert.deepEqual(happened.slice(4), [
      [500, 500],
      [1_000, 1_000],
    ])
    assert.equal(agenda.size, 0)
  })

  it('has one timer for all that stands in it, and none when it is empty', () => {
    assert.equal(clock.waiting, 0)
    const all = [300, 100, 200, 50].map((delayMs) => entered(delayMs))
    assert.equal(clock.waiting, 1)
    for (const each of all) {
      assert.equal(clock.waiting, 1)
      agenda.remove(each)
    }
    assert.equal(clock.waiting, 0)
    entered(10)
    clock.advance(10)
    assert.deepEqual([clock.waiting, agenda.size, happened], [0, 0, [[10, 10]]])
  })

  it('does not have happen what was taken back, before or while others happen', () => {
    const second = entry('second')
    const first = new Entry(() => {
      happened.push(['first', clock.elapsed() - startedAt])
      agenda.remove(second)
    })
    agenda.enter(first, 10)
    agenda.enter(second, 10)
    agenda.remove(entered(5))
    entered(20)
    clock.advance(100)
    assert.deepEqual(happened, [
      ['first', 10],
      [20, 20],
    ])
  })

  it('takes back what stands nowhere, or stands there no more, without a word', () => {
    const never = entry('never')
    const once = entered(10)
    agenda.remove(never)
    clock.advance(10)
    agenda.remove(once)
    agenda.remove(once)
    assert.deepEqual([agenda.size, once.place, happened], [0, nowhere, [[10, 10]]])
  })

  it('moves what is entered again: earlier or later', () => {
    const one = entered(100)
    const other = entry('other')
    agenda.enter(other, 200)
    agenda.enter(one, 300)
    agenda.enter(other, 50)
    assert.equal(agenda.size, 2)
    clock.advance(1_000)
    assert.deepEqual(happened, [
      ['other', 50],
      [100, 300],
    ])
  })

  it('takes what is entered while others happen, itself among them', () => {
    let times = 0
    const again = new Entry((self) => {
      happened.push(['again', clock.elapsed() - startedAt])
      if (++times < 3) agenda.enter(self, 10)
    })
    agenda.enter(again, 10)
    entered(15)
    clock.advance(100)
    assert.deepEqual(happened, [
      ['again', 10],
      [15, 15],
      ['again', 20],
      ['again', 30],
    ])
    assert.deepEqual([clock.waiting, agenda.size], [0, 0])
  })

  it('keeps its order whatever comes and goes', () => {
    // Numbers that look random and are the same each time.
    let seed = 7
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below
    const dueAt = new Map<Entry, number>()
    const wrong: unknown[] = []
    for (let i = 0; i < 3_000; i++) {
      const made = new Entry((self) => {
        if (dueAt.get(self) !== clock.elapsed()) wrong.push([dueAt.get(self), clock.elapsed()])
        dueAt.delete(self)
      })
      const delayMs = random(1_000)
      dueAt.set(made, clock.elapsed() + delayMs)
      agenda.enter(made, delayMs)
      const [oldest] = dueAt.keys()
      if (i % 3 === 0 && oldest !== undefined) {
        dueAt.delete(oldest)
        agenda.remove(oldest)
      }
      if (i % 5 === 0) clock.advance(random(20))
      assert.equal(agenda.size, dueAt.size)
    }
    clock.advance(1_000)
    assert.deepEqual([wrong, dueAt.size, agenda.size, clock.waiting], [[], 0, 0, 0])
  })

  it('goes by time that passes: a machine’s clock that is set makes nothing earlier or later', async () => {
    let offsetMs = 0
    const real = new Agenda({ ...systemClock, now: () => Date.now() + offsetMs })
    const began = systemClock.elapsed()
    for (const setByMs of [-3_600_000, 3_600_000]) {
      offsetMs = setByMs
      await new Promise<void>((resolve) => real.enter(new Entry(() => resolve()), 20))
    }
    const tookMs = systemClock.elapsed() - began
    assert(tookMs >= 38 && tookMs < 10_000, `it took ${tookMs} ms`)
  })
})
