import assert from 'node:assert/strict'
import { inRound } from '../../../bench/macro/order.ts'

describe('The order of a round', () => {
  const all = ['ours', 'relay', 'other']

  it('is turned round in every second one', () => {
    const rounds = [0, 1, 2, 3].map((round) => inRound(all, round))
    const turned = all.toReversed()
    assert.deepEqual(rounds, [all, turned, all, turned])
  })

  it('puts everybody first as often as last, and leaves the list as it was', () => {
    const firsts = [0, 1, 2, 3, 4, 5].map((round) => inRound(all, round)[0])
    assert.equal(firsts.filter((name) => name === 'ours').length, 3)
    assert.equal(firsts.filter((name) => name === 'other').length, 3)
    assert.deepEqual(all, ['ours', 'relay', 'other'])
  })
})
