import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Prefixes } from '../../ecosystems/prefixes.ts'

describe('prefixes', () => {
  it('own themselves and what is below them at a component boundary', () => {
    const prefixes = new Prefixes()
    prefixes.add('lamp', 'lamp')
    prefixes.add('house.attic.safe', 'house_attic_safe')
    assert.equal(prefixes.ownerOf('lamp'), 'lamp')
    assert.equal(prefixes.ownerOf('lamp.switch'), 'lamp')
    assert.equal(prefixes.ownerOf('lamp.'), 'lamp')
    assert.equal(prefixes.ownerOf('lamp2.switch'), undefined)
    assert.equal(prefixes.ownerOf('lam'), undefined)
    assert.equal(prefixes.ownerOf('house.attic.safe.open'), 'house_attic_safe')
    assert.equal(prefixes.ownerOf('house.attic'), undefined)
    assert.equal(prefixes.ownerOf(''), undefined)
    assert.equal(prefixes.ownerOf('.lamp'), undefined)
  })

  it('overlap when equal, inside or around another', () => {
    const prefixes = new Prefixes()
    prefixes.add('a.b', 'x')
    for (const prefix of ['a.b', 'a.b.c', 'a']) assert.ok(prefixes.overlaps(prefix), prefix)
    for (const prefix of ['a.c', 'ab', 'a.bc', 'b']) assert.ok(!prefixes.overlaps(prefix), prefix)
  })

  it('agree with a scan over all of them', () => {
    const name = fc
      .array(fc.constantFrom('a', 'b', 'ab'), { minLength: 1, maxLength: 8 })
      .map((components) => components.join('.'))
    fc.assert(
      fc.property(fc.array(name, { maxLength: 12 }), name, (candidates, uri) => {
        const prefixes = new Prefixes()
        const kept: string[] = []
        for (const prefix of candidates) {
          const overlaps = kept.some(
            (other) =>
              other === prefix || other.startsWith(`${prefix}.`) || prefix.startsWith(`${other}.`),
          )
          assert.equal(prefixes.overlaps(prefix), overlaps)
          if (overlaps) continue
          prefixes.add(prefix, prefix)
          kept.push(prefix)
        }
        const owner = kept.find((prefix) => uri === prefix || uri.startsWith(`${prefix}.`))
        assert.equal(prefixes.ownerOf(uri), owner)
      }),
    )
  })
})
