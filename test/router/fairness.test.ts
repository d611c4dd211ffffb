import assert from 'node:assert/strict'
import { memoryRouter } from '../support/memory-router.ts'

describe('A realm with wildcard patterns', () => {
  /** How many answers there are at once and after each turn, where each decision takes a millisecond. */
  async function answersByTurn(
    request: (id: number) => unknown[],
    pattern?: unknown[],
  ): Promise<number[]> {
    const { clock, join } = memoryRouter(() => {
      clock.advance(1)
      return { allow: true }
    })
    if (pattern !== undefined) join().ask(pattern)
    const [greedy, greedier] = [join(), join()]
    for (const client of [greedy, greedier])
      for (let id = 1; id <= 3; id++) client.send(request(id))
    const answered = (): number => greedy.received.length + greedier.received.length
    const steps = [answered()]
    for (let i = 0; i < 20 && answered() < 6; i++) {
      await new Promise(setImmediate)
      steps.push(answered())
    }
    return steps
  }

  const call = (id: number): unknown[] => [48, id, {}, 'lamp.switch']
  const publish = (id: number): unknown[] => [16, id, { acknowledge: true }, 'lamp.on']

  it('does not read on whose call or event took a while before others were heard', async () => {
    for (const [request, pattern] of [
      [call, [64, 1, { match: 'wildcard' }, 'door..']],
      [publish, [32, 1, { match: 'wildcard' }, 'door..']],
    ] as const) {
      const steps = await answersByTurn(request, [...pattern])
      assert.equal(steps.at(-1), 6)
      // One to each at first, and then one in each turn at most.
      assert.equal(steps[0], 2)
      for (const [i, step] of steps.entries()) assert(step <= 2 + i, steps.join(' '))
    }
  })

  it('is the only one in which anybody waits for that', async () => {
    for (const request of [call, publish]) assert.deepEqual(await answersByTurn(request), [6])
  })
})
