import assert from 'node:assert/strict'
import { rows } from '../../../bench/macro/rows.ts'

describe('The rows of the bench', () => {
  it('have a name each, and compare what they measure', () => {
    assert.equal(new Set(rows.map(({ key }) => key)).size, rows.length)
    for (const { key, variants, comparisons } of rows) {
      const names = variants.map(({ name }) => name)
      assert.equal(new Set(names).size, names.length, key)
      for (const { of, against } of comparisons)
        for (const name of [of, against ?? of]) assert.ok(names.includes(name), `${key}: ${name}`)
    }
  })

  it('ask for 5 rounds at least, and for 15 where rounds are paired', () => {
    for (const { key, rounds, comparisons } of rows) {
      const isPaired = comparisons.some(({ by }) => by === 'paired' || by === 'difference')
      assert.ok(rounds >= (isPaired ? 15 : 5), key)
    }
  })

  it('each have a bar', () => {
    for (const { key, comparisons } of rows)
      assert.ok(
        comparisons.some(({ bar }) => bar !== undefined),
        key,
      )
  })
})
