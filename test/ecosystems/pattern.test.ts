import assert from 'node:assert/strict'
import fc from 'fast-check'
import { bySpecificity, covers, meets, type Pattern } from '../../ecosystems/pattern.ts'

const exact = (uri: string): Pattern => ({ uri, match: 'exact' })
const prefix = (uri: string): Pattern => ({ uri, match: 'prefix' })
const wildcard = (uri: string): Pattern => ({ uri, match: 'wildcard' })

/** WAMP's own words on matching, one URI against one pattern. */
function matches({ uri: pattern, match }: Pattern, uri: string): boolean {
  if (match === 'exact') return uri === pattern
  if (match === 'prefix') return uri.startsWith(pattern)
  const [own, others] = [pattern.split('.'), uri.split('.')]
  return own.length === others.length && own.every((each, i) => each === '' || each === others[i])
}

const component = fc.constantFrom('a', 'b', 'ab')
const uri = fc.array(component, { minLength: 1, maxLength: 4 }).map((each) => each.join('.'))
const pattern: fc.Arbitrary<Pattern> = fc.oneof(
  uri.map(exact),
  fc.tuple(uri, fc.constantFrom('', '.')).map(([head, dot]) => prefix(head + dot)),
  fc.constant(prefix('')),
  fc
    .array(fc.oneof(component, fc.constant('')), { minLength: 1, maxLength: 4 })
    .map((each) => wildcard(each.join('.'))),
)

describe('a pattern', () => {
  it('covers what it matches in full', () => {
    assert.ok(covers(prefix('a.'), prefix('a.b')))
    assert.ok(covers(prefix('a.'), wildcard('a..c')))
    assert.ok(covers(wildcard('a..c'), wildcard('a.b.c')))
    assert.ok(covers(wildcard('a.'), exact('a.b')))
    assert.ok(covers(exact('a.b'), wildcard('a.b')))
    assert.ok(!covers(prefix('a.b'), prefix('a.')))
    assert.ok(!covers(prefix('a.b'), wildcard('a.')))
    assert.ok(!covers(wildcard('a.b.'), wildcard('a..')))
    assert.ok(!covers(wildcard('a.'), prefix('a.')))
    assert.ok(!covers(exact('a'), prefix('a')))
  })

  it('covers nothing that it does not match', () => {
    fc.assert(
      fc.property(pattern, pattern, uri, (outer, inner, each) => {
        if (covers(outer, inner) && matches(inner, each)) assert.ok(matches(outer, each))
      }),
      { numRuns: 2_000 },
    )
  })

  it('covers a URI exactly when it matches it', () => {
    fc.assert(
      fc.property(pattern, uri, (outer, each) => {
        assert.equal(covers(outer, exact(each)), matches(outer, each))
      }),
      { numRuns: 2_000 },
    )
  })

  it('meets whatever has a URI in common with it', () => {
    fc.assert(
      fc.property(pattern, pattern, uri, (one, other, each) => {
        if (matches(one, each) && matches(other, each)) {
          assert.ok(meets(one, other))
          assert.ok(meets(other, one))
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('that is exact goes before a longer prefix, that before a shorter, that before a wildcard', () => {
    const sorted = [exact('a.b.c'), prefix('a.b.'), prefix('a'), wildcard('a.b.'), wildcard('a..c')]
    assert.deepEqual(sorted.toReversed().toSorted(bySpecificity), sorted)
    assert.equal(bySpecificity(wildcard('a.'), wildcard('b.')), 0)
  })
})
