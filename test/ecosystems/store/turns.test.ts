import assert from 'node:assert/strict'
import { Turns } from '../../../ecosystems/store/turns.ts'

describe('turns', () => {
  it('run one at a time, in order, also after a failure', async () => {
    const turns = new Turns(10, () => new Error('full'))
    const log: string[] = []
    const task =
      (name: string, fails = false) =>
      async () => {
        log.push(`${name} begins`)
        await Promise.resolve()
        log.push(`${name} ends`)
        if (fails) throw new Error(name)
      }
    const outcomes = await Promise.allSettled([
      turns.run(task('a')),
      turns.run(task('b', true)),
      turns.run(task('c')),
    ])
    assert.deepEqual(log, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
  })

  it('refuse what comes when too many wait, and take more afterwards', async () => {
    const turns = new Turns(2, (max) => new Error(`${max} wait`))
    const both = Promise.all([turns.run(async () => 1), turns.run(async () => 2)])
    await assert.rejects(
      turns.run(async () => 3),
      /2 wait/,
    )
    assert.deepEqual(await both, [1, 2])
    assert.equal(await turns.run(async () => 4), 4)
  })

  it('find room for the last task of all', async () => {
    const turns = new Turns(1, () => new Error('full'))
    const first = turns.run(async () => 1)
    assert.equal(await turns.runLast(async () => 2), 2)
    assert.equal(await first, 1)
  })
})
