import assert from 'node:assert/strict'
import { door } from '../../demo/devices/door.ts'
import { lamp } from '../../demo/devices/lamp.ts'
import { safe } from '../../demo/devices/safe.ts'
import type { MakeThing } from '../../demo/devices/thing.ts'
import { tv } from '../../demo/devices/tv.ts'
import { ManualClock } from '../support/manual-clock.ts'

/** A thing with what it says, one entry a change. */
function made(make: MakeThing): {
  readonly call: (verb: string, ...args: unknown[]) => unknown
  readonly changes: unknown[]
  readonly clock: ManualClock
} {
  const changes: unknown[] = []
  const clock = new ManualClock()
  const thing = make(() => changes.push(thing.state()), clock)
  return {
    changes,
    clock,
    call: (verb, ...args) => thing.procedures[verb]?.({ args, kwargs: {}, details: {} }),
  }
}

const invalid = { uri: 'wamp.error.invalid_argument' }

describe('the devices of the demo', () => {
  it('has a lamp that is switched on, off, and over', () => {
    const { call, changes } = made(lamp)
    assert.deepEqual(call('switch', true), { on: true })
    assert.deepEqual(call('switch', true), { on: true })
    assert.deepEqual(call('switch'), { on: false })
    assert.deepEqual(call('switch'), { on: true })
    assert.deepEqual(changes, [{ on: true }, { on: false }, { on: true }])
    for (const wrong of ['on', 1, null, {}]) assert.throws(() => call('switch', wrong), invalid)
  })

  it('has a TV that plays something or nothing, and records', () => {
    const { call, changes } = made(tv)
    assert.deepEqual(call('play', 'a film'), { playing: 'a film' })
    assert.deepEqual(call('play', 'a film'), { playing: 'a film' })
    assert.deepEqual(call('play', null), { playing: null })
    assert.deepEqual(changes, [{ playing: 'a film' }, { playing: null }])
    assert.deepEqual(call('record', 'the match'), { recording: 'the match' })
    assert.deepEqual(call('record', null), { recording: null })
    assert.deepEqual(changes.slice(2), [
      { playing: null, recording: 'the match' },
      { playing: null },
    ])
    for (const wrong of ['', 'x'.repeat(201), 7, [], false])
      for (const verb of ['play', 'record']) assert.throws(() => call(verb, wrong), invalid)
  })

  it('has a door that locks itself some seconds after it was unlocked last', () => {
    const { call, changes, clock } = made(door)
    assert.deepEqual(call('lock'), { locked: true })
    assert.deepEqual(changes, [])
    assert.deepEqual(call('unlock'), { locked: false, relocks_in_ms: 5_000 })
    clock.advance(3_000)
    call('unlock')
    clock.advance(4_999)
    assert.deepEqual(changes, [{ locked: false }])
    clock.advance(1)
    assert.deepEqual(changes, [{ locked: false }, { locked: true }])
    call('unlock')
    assert.deepEqual(call('lock'), { locked: true })
    assert.equal(changes.length, 4)
    assert.equal(clock.waiting, 0)
  })

  it('has a safe that is opened and closed', () => {
    const { call, changes } = made(safe)
    assert.deepEqual(call('open'), { open: true })
    assert.deepEqual(call('open'), { open: true })
    assert.deepEqual(call('close'), { open: false })
    assert.deepEqual(changes, [{ open: true }, { open: false }])
  })
})
