import assert from 'node:assert/strict'
import { RateLimited } from '../../ecosystems/errors.ts'
import { Prompts } from '../../ecosystems/prompts.ts'
import { ManualClock } from '../support/manual-clock.ts'

describe('prompts to confirm', () => {
  const bounds = { promptRefusals: 2, promptWindowMs: 60_000, promptedPeople: 2 }
  let clock: ManualClock
  let prompts: Prompts

  beforeEach(() => {
    clock = new ManualClock(1_000_000)
    prompts = new Prompts(bounds, clock)
  })

  const limited = (bound: string, retryAfterMs: number) => (error: unknown) =>
    error instanceof RateLimited &&
    error.message.includes(bound) &&
    error.retryAfterMs === retryAfterMs

  it('come one at a time to a person', () => {
    const done = prompts.begin('guest')
    assert.throws(() => prompts.begin('guest'), /invalid_state|asked something already/)
    prompts.begin('owner')(true)
    done(true)
    prompts.begin('guest')(true)
  })

  it('stop after some noes, for a while, and begin to count anew after a yes', () => {
    prompts.begin('guest')(false)
    prompts.begin('guest')(true)
    prompts.begin('guest')(false)
    clock.advance(10_000)
    prompts.begin('guest')(false)
    assert.throws(() => prompts.begin('guest'), limited('promptRefusals', 50_000))
    clock.advance(50_000)
    prompts.begin('guest')(true)
  })

  it('are counted for a bounded number of people', () => {
    prompts.begin('guest')(false)
    const open = prompts.begin('owner')
    assert.throws(() => prompts.begin('friend'), limited('promptedPeople', 60_000))
    clock.advance(60_000)
    prompts.begin('friend')(false)
    assert.throws(() => prompts.begin('sister'), limited('promptedPeople', 1_000))
    open(true)
    prompts.begin('sister')(true)
  })
})
