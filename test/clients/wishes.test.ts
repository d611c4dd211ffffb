import assert from 'node:assert/strict'
import type { Connection } from '../../clients/connection.ts'
import { SessionLost } from '../../clients/errors.ts'
import type { Dict } from '../../clients/errors.ts'
import type { Listener } from '../../clients/payload.ts'
import { followWishes } from '../../clients/wishes.ts'

describe('what a device is wished to be like', () => {
  it('is done once, and told of until the house has heard it', async () => {
    const reports: Dict[] = []
    const done: number[] = []
    let hear: Listener | undefined
    let isLost = true
    const connection: Pick<Connection, 'subscribe' | 'call'> = {
      subscribe(_topic, listener) {
        hear = listener
        return Promise.resolve(() => Promise.resolve())
      },
      call(_uri, _args, kwargs = {}) {
        if (isLost) return Promise.reject(new SessionLost('gone'))
        reports.push(kwargs)
        return Promise.resolve({ args: [{}], kwargs: {} })
      },
    }
    const problems: unknown[] = []
    const handle = (_desired: Dict, version: number): Dict => {
      done.push(version)
      return { on: true }
    }
    await followWishes(connection as Connection, 'lamp', handle, (error) => problems.push(error))
    const wish = async (version: number): Promise<void> => {
      const kwargs = { device: 'lamp', desired: { on: true }, version }
      await hear?.({ args: [], kwargs, details: {} })
    }
    await wish(1)
    assert.equal(problems.length, 1)
    isLost = false
    await wish(1)
    await wish(1)
    assert.deepEqual([done, reports], [[1], [{ version: 1, reported: { on: true } }]])
    await wish(2)
    assert.deepEqual(done, [1, 2])
  })
})
