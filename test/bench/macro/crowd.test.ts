import assert from 'node:assert/strict'
import { join } from 'node:path'
import { gather } from '../../../bench/macro/crowd.ts'
import { Line } from '../../../bench/macro/line.ts'
import { startOurs } from '../../../bench/macro/ours.ts'
import type { Subject } from '../../../bench/macro/subject.ts'
import { eventually } from '../../support/eventually.ts'

describe('The idle sessions beside a measurement', function () {
  this.timeout(30_000)
  let router: Subject
  before(async () => {
    router = await startOurs(join(import.meta.dirname, '../../..'))
  })
  after(() => router.stop())

  /** How many sessions there are beside the one that asks, and the registrations by kind. */
  async function counted(): Promise<readonly number[]> {
    const line = await (await Line.open(router.webSocket)).join('realm1', {})
    const [, , , [sessions]] = (await line.ask([48, 1, {}, 'wamp.session.count'])) as [
      number,
      number,
      object,
      [number],
    ]
    const [, , , [lists]] = (await line.ask([48, 2, {}, 'wamp.registration.list'])) as [
      number,
      number,
      object,
      [Readonly<Record<'exact' | 'prefix' | 'wildcard', readonly number[]>>],
    ]
    line.close()
    const { exact, prefix, wildcard } = lists
    return [sessions - 1, exact.length, prefix.length, wildcard.length]
  }

  it('are as many as asked for, with exact, prefix and wildcard registrations in turn, and go when told to', async () => {
    const disperse = await gather(router.webSocket, { sessions: 40, registrations: 3_000 })
    assert.deepEqual(await counted(), [40, 1_000, 1_000, 1_000])
    disperse()
  })

  it('can be more than their registrations', async () => {
    // Those of before are gone when the router has heard of it.
    await eventually(async () => assert.deepEqual(await counted(), [0, 0, 0, 0]))
    const disperse = await gather(router.webSocket, { sessions: 40, registrations: 10 })
    assert.deepEqual(await counted(), [40, 4, 3, 3])
    disperse()
  })

  it('are refused with the words of the router where they ask for too much', async () => {
    await assert.rejects(
      gather(router.webSocket, { sessions: 1, registrations: 1_001 }),
      /wamp\.error\.unavailable/,
    )
  })
})
