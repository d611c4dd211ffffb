import assert from 'node:assert/strict'
import { join } from 'node:path'
import { hold } from '../../../bench/micro/contest.ts'
import { lookingUpContests } from '../../../bench/micro/looking-up.ts'
import { openPath } from '../../../bench/micro/path.ts'
import { splicingContests } from '../../../bench/micro/splicing.ts'

const root = join(import.meta.dirname, '../../..')

describe('The micro part of the bench', () => {
  it('sends calls and events through the engine itself, and counts what comes out', async () => {
    const path = await openPath(root)
    path.call(100)
    path.publish(10)
    path.check()
  })

  it('compares only what comes to the same: an INVOCATION of each serializer is what its library would write', () => {
    const names = splicingContests().map(({ what }) => what)
    for (const name of ['json', 'msgpack', 'cbor'])
      assert.equal(names.filter((what) => what.includes(` in ${name},`)).length, 2)
  })

  it('gives ratios, for each contest one', async () => {
    const contests = lookingUpContests()
    const outcomes = await hold(contests, 5)
    assert.deepEqual(
      outcomes.map(({ what }) => what),
      contests.map(({ what }) => what),
    )
    for (const { times } of outcomes) assert.ok(times > 0 && Number.isFinite(times))
  })
})
