import assert from 'node:assert/strict'
import { PatternIndex } from '../../router/pattern-index.ts'
import { countOperations } from '../support/count-operations.ts'

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
})
