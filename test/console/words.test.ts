import assert from 'node:assert/strict'
import { canBeUsedUp } from '../../console/words.ts'

describe('words of the page', () => {
  it('offer to allow for once what can be done once, and no listening', () => {
    for (const [action, expected] of [
      ['call', true],
      ['publish', true],
      ['subscribe', false],
    ] as const)
      assert.equal(canBeUsedUp({ action }), expected, action)
  })
})
