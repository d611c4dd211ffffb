import assert from 'node:assert/strict'
import {
  checkId,
  checkLevel,
  checkPatternUnder,
  checkPrefix,
  checkText,
  checkUriUnder,
  checkVerb,
  randomName,
} from '../../ecosystems/names.ts'

describe('names', () => {
  const cases: readonly [string, (value: unknown) => unknown, unknown[], unknown[]][] = [
    [
      'ids',
      (value) => checkId('id', value),
      ['guest', 'p_3k', 'a'.repeat(64)],
      ['', 'Guest', 'a-b', 'a.b', 'a@b', 'a'.repeat(65), 7, undefined],
    ],
    [
      'prefixes',
      (value) => checkPrefix('prefix', value),
      ['lamp', 'house.floor1.lamp', 'wampum', 'a.b.c.d.e.f.g.h'],
      ['', '.', 'lamp.', '.lamp', 'a..b', 'Lamp', 'a.b.c.d.e.f.g.h.i', 'a'.repeat(129), null],
    ],
    [
      'prefixes of others',
      (value) => checkPrefix('prefix', value),
      [],
      ['wamp', 'wamp.x', 'latchkey', 'latchkey.lamp', 'user', 'user.guest.lamp'],
    ],
    [
      'verbs',
      (value) => checkVerb('verb', value),
      ['switch', 'on_change', 'mode.set', 'setMode'],
      ['', '.', 'a.', 'a b', 'a#b', 'x'.repeat(257), 1],
    ],
    [
      'URIs under a prefix',
      (value) => checkUriUnder('lamp', 'uri', value),
      ['lamp', 'lamp.switch', 'lamp.a.b'],
      ['lamp2', 'lamp2.switch', 'lam', 'lamp.', 'lamp..a', 'tv.play', '', 3],
    ],
    [
      'patterns under a prefix',
      (value) => checkPatternUnder('lamp', 'uri', value),
      ['lamp.', 'lamp..state', 'lamp.a.'],
      ['lamp', '.switch', '', 'lamp2.', 'tv..state'],
    ],
    [
      'levels',
      (value) => checkLevel('level', value),
      [1, 3, 99],
      [0, -1, 100, 1.5, '1', NaN, null],
    ],
    [
      'texts',
      (value) => checkText('name', value),
      ['The safe in the attic', 'Gäste', 'x'.repeat(256)],
      ['', '  ', 'two\nlines', '\u0000', 'x'.repeat(257), 5],
    ],
  ]
  for (const [what, check, good, bad] of cases) {
    it(`are ${what}, or are refused by key with what is allowed`, () => {
      for (const value of good) assert.equal(check(value), value)
      for (const value of bad)
        assert.throws(
          () => check(value),
          /^DomainError: \w+: found .*, allowed is ./,
          String(value),
        )
    })
  }

  it('show no more than the beginning of what was found', () => {
    assert.throws(
      () => checkId('id', 'x'.repeat(100_000)),
      (error: Error) => error.message.length < 200,
    )
  })

  it('show what was found even if it cannot be written down', () => {
    assert.throws(() => checkId('id', 1n), /found bigint/)
  })

  it('are random in every character', () => {
    const names = new Set(Array.from({ length: 200 }, () => randomName(8)))
    assert.equal(names.size, 200)
    for (const name of names) assert.match(name, /^[a-z2-7]{8}$/)
  })
})
