import assert from 'node:assert/strict'
import { PatternIndex } from '../../router/pattern-index.ts'
import { countOperations } from '../support/count-operations.ts'
import { randomFrom } from '../support/random.ts'

const matches = ['exact', 'prefix', 'wildcard'] as const

/** What a pattern matches, as the specification says it. */
function matchesPlainly(match: (typeof matches)[number], pattern: string, uri: string): boolean {
  if (match === 'exact') return pattern === uri
  if (match === 'prefix') return uri.startsWith(pattern)
  const [parts, wanted] = [uri.split('.'), pattern.split('.')]
  return (
    parts.length === wanted.length && wanted.every((part, i) => part === '' || part === parts[i])
  )
}

describe('PatternIndex', () => {
  it('finds what was set, by policy and pattern, and no more when it was deleted', () => {
    const index = new PatternIndex<number>()
    matches.forEach((match, i) => index.set(match, 'a.b', i))
    assert.equal(index.size, 3)
    matches.forEach((match, i) => assert.equal(index.get(match, 'a.b'), i))
    assert.deepEqual(new Set(index.matchAll('a.b')), new Set([0, 1, 2]))
    for (const match of matches) {
      index.delete(match, 'a.b')
      index.delete(match, 'a.b')
      index.delete(match, 'never.set')
    }
    assert.equal(index.size, 0)
    assert.deepEqual(index.matchAll('a.b'), [])
  })

  it('keeps the last value of a pattern that is set twice', () => {
    const index = new PatternIndex<number>()
    for (const match of matches) {
      index.set(match, 'a.b', 1)
      index.set(match, 'a.b', 2)
      assert.equal(index.get(match, 'a.b'), 2)
    }
    assert.equal(index.size, 3)
  })

  it('takes a prefix for a prefix of the string, not of components', () => {
    const index = new PatternIndex<string>()
    index.set('prefix', 'house.do', 'yes')
    assert.deepEqual(index.matchAll('house.door'), ['yes'])
    assert.deepEqual(index.matchAll('house.do'), ['yes'])
    assert.deepEqual(index.matchAll('house.d'), [])
  })

  it('takes an empty component of a wildcard for exactly one component', () => {
    const index = new PatternIndex<string>()
    index.set('wildcard', 'house..front', 'yes')
    assert.deepEqual(index.matchAll('house.door.front'), ['yes'])
    assert.deepEqual(index.matchAll('house.front'), [])
    assert.deepEqual(index.matchAll('house.door.front.lock'), [])
    assert.deepEqual(index.matchAll('house.a.b.front'), [])
  })

  it('agrees with the plain rule on all short patterns and URIs, while patterns come and go', () => {
    const words = ['a', 'b', 'ab']
    const level = (from: string[]): string[] =>
      from.flatMap((one) => words.map((w) => `${one}.${w}`))
    const uris = [...words, ...level(words), ...level(level(words))]
    const patterns: [(typeof matches)[number], string][] = [
      ...uris.map((uri) => ['exact', uri] as const),
      ...[...uris, '', 'a.', 'ab.a.'].map((uri) => ['prefix', uri] as const),
      ...uris.flatMap((uri) => {
        const parts = uri.split('.')
        return parts.map((_, i) => ['wildcard', parts.with(i, '').join('.')] as const)
      }),
    ].map(([match, pattern]) => [match, pattern])
    const unique = new Map(patterns.map((entry) => [entry.join(' '), entry]))
    const index = new PatternIndex<string>()
    const live = new Map<string, [(typeof matches)[number], string]>()
    let step = 0
    for (const [name, [match, pattern]] of unique) {
      index.set(match, pattern, name)
      live.set(name, [match, pattern])
      // Every third of those before goes again.
      if (++step % 3 === 0) {
        const [oldest] = live
        if (oldest !== undefined) {
          index.delete(...oldest[1])
          live.delete(oldest[0])
        }
      }
    }
    assert.equal(index.size, live.size)
    for (const uri of uris) {
      const expected = [...live].filter(([, [match, pattern]]) =>
        matchesPlainly(match, pattern, uri),
      )
      assert.deepEqual(index.matchAll(uri).sort(), expected.map(([name]) => name).sort())
    }
    for (const [, [match, pattern]] of live) index.delete(match, pattern)
    assert.equal(index.size, 0)
    for (const uri of uris) assert.deepEqual(index.matchAll(uri), [])
  })

  it('looks up in time that does not grow with what is stored', () => {
    const cost = (count: number): number => {
      const index = new PatternIndex<number>()
      for (let i = 0; i < count; i++) {
        index.set('exact', `house.room${i}.lamp`, i)
        index.set('prefix', `house.room${i}`.padEnd(20, 'x'), i)
        index.set('wildcard', `house.room${i}.`, i)
      }
      index.set('wildcard', '..lamp', -1)
      return countOperations(() => index.matchAll('house.room7.lamp'))
    }
    assert.equal(cost(10), cost(10_000))
  })

  describe('of all that match a URI', () => {
    /** How many literal components there are before the first wildcard, then before the second, and so on. */
    const portions = (pattern: string): number[] => {
      const counts = [0]
      for (const part of pattern.split('.')) {
        if (part === '') counts.push(0)
        else counts[counts.length - 1] = (counts.at(-1) ?? 0) + 1
      }
      return counts
    }
    const longer = (one: number[], other: number[]): number => {
      const at = one.findIndex((count, i) => count !== other[i])
      return at === -1 ? 0 : (other[at] ?? 0) - (one[at] ?? 0)
    }
    const endsComponent = (uri: string, prefix: string): boolean =>
      prefix === uri || prefix === '' || prefix.endsWith('.') || uri[prefix.length] === '.'

    /** The best of them, as the specification says it. */
    function bestPlainly(patterns: [(typeof matches)[number], string][], uri: string): unknown {
      const found = patterns.filter(([match, pattern]) => matchesPlainly(match, pattern, uri))
      const exact = found.find(([match]) => match === 'exact')
      const prefixes = found
        .filter(([match]) => match === 'prefix')
        .toSorted(([, one], [, other]) => other.length - one.length)
      const wildcards = found
        .filter(([match]) => match === 'wildcard')
        .toSorted(([, one], [, other]) => longer(portions(one), portions(other)))
      const whole = prefixes.some(([, prefix]) => endsComponent(uri, prefix))
      return (exact ?? (whole ? prefixes[0] : (wildcards[0] ?? prefixes[0])))?.join(' ')
    }

    it('finds the best, as the plain rule has it, on thousands of random patterns', () => {
      const random = randomFrom(7)
      const part = (): string => random.pick(['', 'a', 'b', 'ab'])
      const uriOf = (parts: number): string =>
        Array.from({ length: parts }, () => part() || 'c').join('.')
      for (let round = 0; round < 300; round++) {
        const index = new PatternIndex<string>()
        const patterns: [(typeof matches)[number], string][] = []
        for (let i = 0; i < 12; i++) {
          const match = random.pick(matches)
          const parts = Array.from({ length: 1 + random.below(4) }, part)
          const pattern = match === 'wildcard' ? parts.join('.') : uriOf(parts.length)
          const text =
            match === 'prefix' ? pattern.slice(0, random.below(pattern.length + 1)) : pattern
          patterns.push([match, text])
          index.set(match, text, `${match} ${text}`)
        }
        for (let i = 0; i < 20; i++) {
          const uri = uriOf(1 + random.below(4))
          assert.equal(index.best(uri), bestPlainly(patterns, uri), `${uri} of ${String(patterns)}`)
        }
      }
    })

    it('finds the best in time that does not grow with what is stored', () => {
      const cost = (count: number): number => {
        const index = new PatternIndex<number>()
        for (let i = 0; i < count; i++) {
          index.set('exact', `house.room${i}.lamp`, i)
          index.set('prefix', `house.room${i}`.padEnd(20, 'x'), i)
          index.set('wildcard', `house.room${i}.`, i)
        }
        index.set('wildcard', '..lamp', -1)
        return countOperations(() => index.best('house.room7.tv'))
      }
      assert.equal(cost(10), cost(10_000))
    })
  })

  it('keeps what is below a reserved root from patterns that do not name it', () => {
    const index = new PatternIndex<string>(['latchkey'])
    const all = [
      ['prefix', ''],
      ['prefix', 'latchkey'],
      ['prefix', 'latchkey.'],
      ['wildcard', '.device'],
      ['wildcard', 'latchkey.'],
      ['exact', 'latchkey.device'],
    ] as const
    for (const [match, pattern] of all) index.set(match, pattern, `${match} ${pattern}`)
    assert.deepEqual(index.matchAll('latchkey.device').sort(), [
      'exact latchkey.device',
      'prefix latchkey.',
      'wildcard latchkey.',
    ])
    assert.deepEqual(index.matchAll('latchkeys.device').sort(), [
      'prefix ',
      'prefix latchkey',
      'wildcard .device',
    ])
    assert.equal(index.best('latchkey.other'), 'prefix latchkey.')
    index.delete('prefix', 'latchkey.')
    assert.equal(index.best('latchkey.other'), 'wildcard latchkey.')
    index.delete('wildcard', 'latchkey.')
    assert.equal(index.best('latchkey.other'), undefined)
  })
})
